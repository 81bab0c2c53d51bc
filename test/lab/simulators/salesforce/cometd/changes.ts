import { randomUUID } from "node:crypto";
import type { Change } from "../../../world/table.ts";
import type { SfRow } from "../../../world/types.ts";
import type { Context } from "../../context.ts";
import type { ChangeBus } from "./bus.ts";

/** Setup → Change Data Capture: the objects selected in the lab's org. Five are free of charge; the lab has the add-on. */
export const SELECTED = ["Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Event"] as const;

/** Not listed in changedFields: they change with every write. */
const OF_EVERY_CHANGE = new Set(["SystemModstamp", "IsDeleted", "Id"]);

/** Publishes each change of the org's records as change events. */
export function publishChanges(ctx: Context, bus: ChangeBus): void {
  let commits = 10_000_000_000;
  ctx.world.onChange((changes) => {
    const events = merged(changes.flatMap(eventsOf));
    const transactionKey = `0000${randomUUID().slice(0, 4)}-${randomUUID().slice(9)}`;
    commits += 7;
    for (const [i, { object, ids, changeType, fields, userId }] of events.entries()) {
      bus.publish({
        ChangeEventHeader: {
          entityName: object,
          recordIds: ids,
          changeType,
          changeOrigin: bus.origin(),
          transactionKey,
          sequenceNumber: i + 1,
          commitTimestamp: ctx.clock.now(),
          commitNumber: commits,
          commitUser: userId,
          nulledFields: changeType === "UPDATE" ? Object.keys(fields).filter((name) => fields[name] === null) : [],
          diffFields: [],
          changedFields: changeType === "UPDATE" ? Object.keys(fields) : [],
        },
        ...fields,
      });
    }
  });
}

interface ChangeEvent {
  object: string;
  ids: string[];
  changeType: "CREATE" | "UPDATE" | "DELETE" | "UNDELETE";
  fields: Record<string, unknown>;
  userId: string;
}

function eventsOf({ table, previous, next }: Change): ChangeEvent[] {
  const object = SELECTED.find((name) => table === `salesforce.${name}`);
  const [old, row] = [previous as SfRow | null, next as SfRow | null];
  if (!object || (!old && !row)) return [];
  const base = { object, ids: [(row ?? old)!.Id], userId: String((row ?? old)!["LastModifiedById"]) };
  const isAbsent = (version: SfRow | null): boolean => !version || version["IsDeleted"] === true;
  if (isAbsent(row)) return isAbsent(old) ? [] : [{ ...base, changeType: "DELETE", fields: {} }];
  if (!old) return [{ ...base, changeType: "CREATE", fields: valuesOf(row!) }];
  if (isAbsent(old)) return [{ ...base, changeType: "UNDELETE", fields: valuesOf(row!) }];
  const changedValues = Object.fromEntries(Object.entries(valuesOf(row!)).filter(([name, value]) => value !== old[name]));
  return Object.keys(changedValues).length === 0 ? [] : [{ ...base, changeType: "UPDATE", fields: changedValues }];
}

const valuesOf = (row: SfRow): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !OF_EVERY_CHANGE.has(name)));

/** Records that change in the same way in one transaction share one event. */
function merged(events: ChangeEvent[]): ChangeEvent[] {
  const alike = Map.groupBy(events, ({ object, changeType, fields }) => JSON.stringify([object, changeType, fields]));
  return [...alike.values()].map((group) => ({ ...group[0]!, ids: group.flatMap(({ ids }) => ids) }));
}
