import { randomInt } from "node:crypto";
import { salesforceId } from "../../world/ids.ts";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { SfRow, SObject } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { type NetChange, netChanges } from "../netChanges.ts";
import { ulid } from "../tokens.ts";

/** How changes of each object leave the org, as its administrator configured it. Each object has one way. */
export const WAYS: Partial<Record<SObject, "outboundMessage" | "callout">> = {
  Account: "outboundMessage",
  Contact: "outboundMessage",
  Lead: "outboundMessage",
  Case: "outboundMessage",
  Task: "outboundMessage",
  Opportunity: "callout",
};

/** A queued notification. It contains no values, because Salesforce sends the record's state at sending. */
export interface QueuedNotification {
  id: string;
  object: SObject;
  recordId: string;
}

export interface Callout {
  /** The notification's id, the same for every attempt. */
  id: string;
  events: CalloutEvent[];
}

export interface CalloutEvent {
  object: SObject;
  id: string;
  what: "created" | "updated" | "closed_won" | "owner_changed" | "deleted";
  /** ISO */
  at: string;
}

export function salesforceDrafts(world: TenantWorld, changes: readonly Change[], now: number): Draft[] {
  return Object.entries(WAYS).flatMap(([name, way]) => {
    const object = name as SObject;
    const rows = netChanges<SfRow>(changes, `salesforce.${object}`);
    if (rows.length === 0) return [];
    return way === "callout" ? callout(object, rows, now) : notifications(world, object, rows);
  });
}

/** Flows send no message for a deleted record. */
function notifications(world: TenantWorld, object: SObject, rows: readonly NetChange<SfRow>[]): Draft[] {
  const pod = world.salesforce.organizationId.slice(3, 5);
  return rows.flatMap(({ next }) => {
    if (!next || next["IsDeleted"] === true) return [];
    const body: QueuedNotification = { id: salesforceId("04l", pod, randomInt(2 ** 47)), object, recordId: next.Id };
    return [{ sender: "outboundMessage" as const, type: `outbound_message.${object}`, group: object, body }];
  });
}

/** Maximum events of a callout. */
const maxEvents = 200;

/** One callout a transaction, unless it has too many records: the trigger passes them to one job. */
function callout(object: SObject, rows: readonly NetChange<SfRow>[], now: number): Draft[] {
  const timestamp = new Date(now).toISOString();
  const events = rows.flatMap((row): CalloutEvent[] => {
    const { Id } = (row.next ?? row.previous)!;
    return changeTypes(row).map((changeType) => ({ object, id: Id, what: changeType, at: timestamp }));
  });
  return Array.from({ length: Math.ceil(events.length / maxEvents) }, (_, i) => {
    const body: Callout = { id: `msg_${ulid(now)}`, events: events.slice(i * maxEvents, (i + 1) * maxEvents) };
    return { sender: "callout" as const, type: `callout.${object}`, group: body.id, body };
  });
}

function changeTypes({ previous, next }: NetChange<SfRow>): CalloutEvent["what"][] {
  if (!next || (next["IsDeleted"] === true && previous?.["IsDeleted"] !== true)) return ["deleted"];
  if (!previous) return ["created"];
  const special: CalloutEvent["what"][] = [
    ...(next["IsWon"] === true && previous["IsWon"] !== true ? ["closed_won" as const] : []),
    ...(next["OwnerId"] !== previous["OwnerId"] ? ["owner_changed" as const] : []),
  ];
  return special.length > 0 ? special : ["updated"];
}
