import type { StreamProgress } from "../../../sync/runner.ts";
import { isPullOutage } from "./circuitOpen.ts";
import { type AlertFinding, type AlertRule, type AlertSource, thresholdsOf } from "./rule.ts";

/** Failed pulls in a row. A single failure is repaired by the next pull. */
const minFailures = 5;

/** After this time a stream fails alone, although no other one was pulled in between. */
const maxSharedMs = 15 * 60_000;

/** A stream that fails while others work. */
export const streamFailing: AlertRule = {
  kind: "stream_failing",
  comesAndGoes: true,
  nextAction: "Read the cause. The stream is tried again on its own; its records stay as old as the last complete pull.",
  async find(source: AlertSource) {
    const { served, now } = source;
    const { tenant, syncs } = served;
    const { failures: threshold = minFailures } = thresholdsOf(source, "stream_failing");
    return tenant.connections.flatMap(({ id, circuits }) => {
      const pulls = circuits.list().filter(({ kind }) => kind.startsWith("pull."));
      if (isPullOutage(pulls)) return [];
      const progress = syncs.get(id)?.progress() ?? [];
      const refusedKinds = new Set(
        pulls.filter(({ failure }) => failure?.code === "invalid_credentials").map(({ kind }) => kind),
      );
      const lastSuccessAt = Math.max(...pulls.map((pull) => pull.lastSuccessAt ?? 0));
      const failsAlone = ({ problem }: StreamProgress) =>
        problem !== null && (!problem.isShared || (lastSuccessAt < problem.since && now - problem.since >= maxSharedMs));
      return progress
        .filter((stream) => !refusedKinds.has(`pull.${stream.stream}`) && failsAlone(stream))
        .flatMap((stream) => findingsOf(id, stream, threshold));
    });
  },
  hasEnded({ connection: id, subject }, { served: { tenant, syncs } }) {
    const connection = tenant.connections.find((candidate) => candidate.id === id);
    const stream = syncs
      .get(id)
      ?.progress()
      .find((candidate) => candidate.stream === subject);
    if (!connection || !stream || stream.hasCompleted || stream.problem?.isUnavailable) return true;
    const pulls = connection.circuits.list().filter(({ kind }) => kind.startsWith("pull."));
    return isPullOutage(pulls) || pulls.some(({ failure }) => failure?.code === "invalid_credentials");
  },
};

function findingsOf(connection: string, { stream, problem }: StreamProgress, threshold: number): AlertFinding[] {
  // A stream that the account cannot serve has its own alert.
  if (!problem || problem.isUnavailable || problem.failures < threshold) return [];
  const { message: cause, nextAction, since, failures: count } = problem;
  const message = `The stream ${stream} fails: ${cause}`;
  return [{ severity: "warning", connection, subject: stream, message, cause, nextAction, since, count }];
}
