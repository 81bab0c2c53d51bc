import type { Stream } from "@sidelight/platform-kit/platform.ts";
import { closeAlert, openAlert } from "../store/tables/alerts.ts";
import type { SyncTools } from "./syncTools.ts";

const kind = "stream_unavailable";
type Tools = Pick<SyncTools, "log" | "connection" | "clock">;

/** Records that the account cannot serve a stream. The other streams go on, and nothing waits for this one. */
export async function markUnavailable(
  stream: Stream,
  { log, connection, clock }: Tools,
  reason: string,
  since: number,
): Promise<void> {
  const { id, unavailableStreams } = connection;
  if (unavailableStreams.get(stream.name)?.reason === reason) return;
  unavailableStreams.set(stream.name, { reason, since });
  const message = `The stream ${stream.name} cannot be pulled: ${reason} It is tried again at least once an hour.`;
  const alert = openAlert(log.store, { kind, severity: "warning", connection: id, subject: stream.name, message }, clock.now());
  await log.commit({ statements: [alert], correlationId: "sync" });
}

/** Records that a stream was pulled. An alert from before a restart is closed too. */
export async function markAvailable(stream: Stream, { log, connection, clock }: Tools): Promise<void> {
  const { id, unavailableStreams } = connection;
  if (!unavailableStreams.delete(stream.name) && confirmedStreams.get(connection)?.has(stream.name)) return;
  confirmedStreams.set(connection, (confirmedStreams.get(connection) ?? new Set()).add(stream.name));
  const alert = closeAlert(log.store, { kind, connection: id, subject: stream.name }, clock.now());
  await log.commit({ statements: [alert], correlationId: "sync" });
}

/** Streams whose alert was closed since the connection was opened. */
const confirmedStreams = new WeakMap<Tools["connection"], Set<string>>();
