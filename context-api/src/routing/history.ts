import { createdAt } from "../log/changeTypes.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { ReadableEvent } from "./match.ts";

/** The events that an imported object would have caused, with the customer's data as of `head`. @param since epoch ms */
export function asIfHappened(event: LoggedEvent, since: number, head: number): ReadableEvent[] {
  const { payload, type } = event;
  if (!payload?.record || !type.endsWith(".imported")) return [];
  const { data } = payload.record;
  if ((createdAt(data) ?? event.timestamp) < since) return [];
  const changes = data.kind === "opportunity" && data.state !== "open" ? ["created", `closed_${data.state}`] : ["created"];
  return changes.map((change) => ({ ...event, payload, sequence: head, type: `${type.slice(0, -"imported".length)}${change}` }));
}
