import { randomInt } from "node:crypto";
import { salesforceId } from "../../world/ids.ts";
import type { Change } from "../../world/table.ts";
import type { TenantWorld } from "../../world/tenant.ts";
import type { SfRow, SObject } from "../../world/types.ts";
import type { Draft } from "../job.ts";
import { type NetChange, netChanges } from "../netChanges.ts";
import { ulid } from "../tokens.ts";

/** Which way each object's changes leave the org, as its administrator has set it up; no object goes both ways. */
export const WAYS: Partial<Record<SObject, "outboundMessage" | "callout">> = {
  Account: "outboundMessage",
  Contact: "outboundMessage",
  Lead: "outboundMessage",
  Case: "outboundMessage",
  Task: "outboundMessage",
  Opportunity: "callout",
};

/** A queued notification. It holds no values: what is sent is the record as it then is. */
export interface QueuedNotification {
  id: string;
  object: SObject;
  recordId: string;
}

export interface Callout {
  /** Of the message, the same however often it is sent. */
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

/** No flow sends a message for a record that is deleted. */
function notifications(world: TenantWorld, object: SObject, rows: readonly NetChange<SfRow>[]): Draft[] {
  const pod = world.salesforce.organizationId.slice(3, 5);
  return rows.flatMap(({ after }) => {
    if (!after || after["IsDeleted"] === true) return [];
    const body: QueuedNotification = { id: salesforceId("04l", pod, randomInt(2 ** 47)), object, recordId: after.Id };
    return [{ lane: "outboundMessage" as const, type: `outbound_message.${object}`, group: object, body }];
  });
}

/** What one callout may hold. */
const mostEvents = 200;

/** One callout a transaction, if its records are not too many: the trigger hands them to one job. */
function callout(object: SObject, rows: readonly NetChange<SfRow>[], now: number): Draft[] {
  const at = new Date(now).toISOString();
  const events = rows.flatMap((row): CalloutEvent[] => {
    const { Id } = (row.after ?? row.before)!;
    return whatHappened(row).map((what) => ({ object, id: Id, what, at }));
  });
  return Array.from({ length: Math.ceil(events.length / mostEvents) }, (_, i) => {
    const body: Callout = { id: `msg_${ulid(now)}`, events: events.slice(i * mostEvents, (i + 1) * mostEvents) };
    return { lane: "callout" as const, type: `callout.${object}`, group: body.id, body };
  });
}

function whatHappened({ before, after }: NetChange<SfRow>): CalloutEvent["what"][] {
  if (!after || (after["IsDeleted"] === true && before?.["IsDeleted"] !== true)) return ["deleted"];
  if (!before) return ["created"];
  const special: CalloutEvent["what"][] = [
    ...(after["IsWon"] === true && before["IsWon"] !== true ? ["closed_won" as const] : []),
    ...(after["OwnerId"] !== before["OwnerId"] ? ["owner_changed" as const] : []),
  ];
  return special.length > 0 ? special : ["updated"];
}
