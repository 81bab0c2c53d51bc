import type { Connection } from "../connections/connections.ts";
import type { ServedTenant } from "./servedTenant.ts";

// What a process announces to all processes, itself included. An announcement that is lost only delays: every wait ends on its own.

/** The waits of a connection end. */
export const retryTopic = (connection: string): string => `retry ${connection}`;
/** A webhook reported a change of an object: the process that pulls has to know. */
export const reportTopic = (connection: string, object: string): string => `${reportPrefix}${connection} ${object}`;
const reportPrefix = "report ";
/** Dead letters wait again. */
export const requeuedTopic = "deliveries requeued";
/** New deliveries of a queue may be due, see {@link queueName}. */
export const deliveriesTopic = (queue: string): string => `${deliveriesPrefix}${queue}`;
const deliveriesPrefix = "deliveries of ";

/** Does this process's part of what was announced. */
export function receiveAnnouncement(
  served: Pick<ServedTenant, "tenant" | "syncs" | "deliveryWorkers" | "alertWatch">,
  topic: string,
): void {
  const { tenant, syncs, deliveryWorkers, alertWatch } = served;
  if (topic.startsWith(deliveriesPrefix)) deliveryWorkers?.wake(new Set([topic.slice(deliveriesPrefix.length)]));
  if (topic === requeuedTopic) {
    deliveryWorkers?.retryNow();
    alertWatch.wake();
  }
  if (topic.startsWith(reportPrefix)) receiveReport(tenant.connections, topic.slice(reportPrefix.length));
  for (const { id, circuits, rateLimiter } of tenant.connections) {
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
