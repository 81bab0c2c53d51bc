import type { Connection } from "../connections/connections.ts";
import type { ServedTenant } from "./servedTenant.ts";

// What a process announces to all processes, itself included. An announcement that is lost only delays: every wait ends on its own.

/** The waits of a connection end. */
export const retryTopic = (connection: string): string => `retry ${connection}`;
/** A webhook reported a change of an object: the process that pulls has to know. */
export const reportTopic = (connection: string, object: string): string => `${reportPrefix}${connection} ${object}`;
const reportPrefix = "report ";
/** Every stream of a connection is pulled now. */
export const pullTopic = (connection: string): string => `pull ${connection}`;
/** The secrets of a connection are read past the cache. */
export const rereadTopic = (connection: string): string => `secrets ${connection}`;
/** Alerts were acknowledged or muted, or a channel works again: the leader looks at its messages. */
export const alertsTopic = "alerts changed";
/** Dead letters wait again. */
export const requeuedTopic = "deliveries requeued";
/** New deliveries of a queue may be due, see {@link queueName}. */
export const deliveriesTopic = (queue: string): string => `${deliveriesPrefix}${queue}`;
const deliveriesPrefix = "deliveries of ";

/** Does this process's part of what was announced. */
export function receiveAnnouncement(
  served: Pick<ServedTenant, "tenant" | "syncs" | "deliveryWorkers" | "alertWatch" | "alertMessages" | "rereadSecrets">,
  topic: string,
): void {
  const { tenant, syncs, deliveryWorkers, alertWatch } = served;
  if (topic.startsWith(deliveriesPrefix)) deliveryWorkers?.wake(new Set([topic.slice(deliveriesPrefix.length)]));
  if (topic === alertsTopic) served.alertMessages.wake();
  if (topic === requeuedTopic) {
    deliveryWorkers?.retryNow();
    alertWatch.wake();
  }
  if (topic.startsWith(reportPrefix)) receiveReport(tenant.connections, topic.slice(reportPrefix.length));
  for (const { id, connector, circuits, rateLimiter } of tenant.connections) {
    if (topic === pullTopic(id)) for (const { name } of connector.streams) syncs.get(id)?.pullNow(name);
    // The process that an operator asked reports what is missing.
    if (topic === rereadTopic(id)) void served.rereadSecrets(id).catch(() => {});
    if (topic !== retryTopic(id)) continue;
    rateLimiter.release();
    for (const { kind, state } of circuits.list()) if (state === "open") circuits.of(kind).halfOpen();
    syncs.get(id)?.retryNow();
    deliveryWorkers?.retryNow();
  }
}

function receiveReport(connections: readonly Connection[], report: string): void {
  const [id, object = ""] = report.split(" ");
  connections.find((connection) => connection.id === id)?.recordReports([object], "elsewhere");
}
