import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { Replay } from "jsforce/lib/api/streaming/extension.js";
import { Client } from "jsforce/lib/api/streaming.js";
import type { StreamingSession } from "../client.ts";
import { type Reply, useHttpTransport } from "./httpTransport.ts";

/** The replay position is older than Salesforce's retention (72 hours) or belongs to another org. */
export class ReplayLostError extends PlatformError {
  constructor() {
    super("rejected", "salesforce", "Salesforce no longer retains change events from the last position.");
  }
}

/** Special replay positions of Salesforce. */
export const newEventsOnly = -1;
export const allRetainedEvents = -2;

export interface ListenOptions {
  channel: string;
  /** A replay id, {@link newEventsOnly} or {@link allRetainedEvents}. */
  replay: number;
  signal: AbortSignal;
  /** Called with the events of one response, in order. The next request waits until it resolves. */
  onEvents(events: unknown[]): Promise<void>;
}

/**
 * Runs one session of the streaming API until the signal is aborted. Any failure ends it: jsforce's own client would subscribe again
 * and not report a refusal (github.com/jsforce/jsforce/issues/1709).
 * @throws {ReplayLostError} when Salesforce refuses the position
 * @throws {PlatformError} for any other failure
 */
export async function listen(session: StreamingSession, { channel, replay, signal, onEvents }: ListenOptions): Promise<void> {
  const failure = Promise.withResolvers<never>();
  const client = new Client(session.streamingUrl, {});
  client.setHeader("authorization", `OAuth ${session.token}`);
  client.addExtension(failureExtension(failure.reject));
  client.addExtension(new Replay(channel, replay));
  let events: unknown[] = [];
  const onResponse = async () => {
    const batch = events;
    events = [];
    if (batch.length > 0) await onEvents(batch);
  };
  const transport = useHttpTransport(client, session, onResponse, failure.reject);
  const end = new AbortController();
  const abortion = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { signal: end.signal }));
  try {
    signal.throwIfAborted();
    client.subscribe(channel, (event: unknown) => void events.push(event));
    await Promise.race([failure.promise, abortion]);
  } finally {
    // Later rejections have no handler.
    failure.promise.catch(() => {});
    end.abort();
    await transport.close();
  }
}

/** Extension that sees every reply before the client. It stops unsuccessful replies, because the client would act on them. */
function failureExtension(end: (error: Error) => void) {
  return {
    incoming(message: Reply, next: (message: Reply) => void) {
      if (message.successful === false) end(failureOf(message));
      else next(message);
    },
  };
}

/** The error of an unsuccessful reply. Salesforce's text starts with a code (`401::Authentication invalid`) and is not shown. */
export function failureOf({ channel, error = "", ext }: Reply): Error {
  const reason = ext?.sfdc?.failureReason ?? error;
  const platformError = (code: ConstructorParameters<typeof PlatformError>[0], message: string, status: number | null = null) =>
    new PlatformError(code, "salesforce", message, { status });
  if (reason.startsWith("401:")) return platformError("invalid_credentials", "Salesforce refused the session.", 401);
  if (/unknown client/i.test(reason)) return platformError("unavailable", "Salesforce no longer has the streaming client.");
  if (channel === "/meta/subscribe") {
    if (/^400:.*replay ?id/i.test(reason)) return new ReplayLostError();
    const message = /^403:/.test(reason)
      ? "The integration's user has no permission for change events in Salesforce."
      : "Salesforce refused the subscription to change events.";
    return platformError("rejected", message);
  }
  return platformError("unavailable", "Salesforce ended the stream of change events.");
}
