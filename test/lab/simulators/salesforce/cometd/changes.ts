import { randomUUID } from "node:crypto";
import type { Change } from "../../../world/table.ts";
import type { SfRow } from "../../../world/types.ts";
import type { Context } from "../../context.ts";
import type { ChangeBus } from "./bus.ts";

/** Setup → Change Data Capture: these are selected in the lab's org. Five are free of charge; the lab has the add-on. */
export const SELECTED = ["Account", "Contact", "Lead", "Opportunity", "Case", "Task", "Event"] as const;

/** Not told by name: they change with everything. */
const OF_EVERY_CHANGE = new Set(["SystemModstamp", "IsDeleted", "Id"]);

/** Publishes each change of the world to the org's records as change events. */
export function tellChanges(ctx: Context, bus: ChangeBus): void {
  let commits = 10_000_000_000;
  ctx.world.onChange((changes) => {
    const told = merged(changes.flatMap(toldBy));
    const transactionKey = `0000${randomUUID().slice(0, 4)}-${randomUUID().slice(9)}`;
    commits += 7;
    for (const [i, { object, ids, changeType, fields, by }] of told.entries()) {
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
          commitUser: by,
          nulledFields: changeType === "UPDATE" ? Object.keys(fields).filter((name) => fields[name] === null) : [],
          diffFields: [],
          changedFields: changeType === "UPDATE" ? Object.keys(fields) : [],
        },
        ...fields,
      });
    }
  });
}

interface Told {
  object: string;
  ids: string[];
  changeType: "CREATE" | "UPDATE" | "DELETE" | "UNDELETE";
  fields: Record<string, unknown>;
  by: string;
}

function toldBy({ table, before, after }: Change): Told[] {
  const object = SELECTED.find((name) => table === `salesforce.${name}`);
  const [old, row] = [before as SfRow | null, after as SfRow | null];
  if (!object || (!old && !row)) return [];
  const base = { object, ids: [(row ?? old)!.Id], by: String((row ?? old)!["LastModifiedById"]) };
  const isGone = (of: SfRow | null): boolean => !of || of["IsDeleted"] === true;
  if (isGone(row)) return isGone(old) ? [] : [{ ...base, changeType: "DELETE", fields: {} }];
  if (!old) return [{ ...base, changeType: "CREATE", fields: valuesOf(row!) }];
  if (isGone(old)) return [{ ...base, changeType: "UNDELETE", fields: valuesOf(row!) }];
  const changed = Object.fromEntries(Object.entries(valuesOf(row!)).filter(([name, value]) => value !== old[name]));
  return Object.keys(changed).length === 0 ? [] : [{ ...base, changeType: "UPDATE", fields: changed }];
}

const valuesOf = (row: SfRow): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([name]) => !OF_EVERY_CHANGE.has(name)));

/** "If multiple records change in the same way in one transaction, one event tells of all of them." */
function merged(told: Told[]): Told[] {
  const alike = Map.groupBy(told, ({ object, changeType, fields }) => JSON.stringify([object, changeType, fields]));
  return [...alike.values()].map((group) => ({ ...group[0]!, ids: group.flatMap(({ ids }) => ids) }));
}
