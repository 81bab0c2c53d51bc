import type { FieldValue } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import { openReader } from "../log/reader.ts";
import { findConflict, saveConflict } from "../store/tables/conflicts.ts";
import { openConflicts, sealConflict } from "./conflictValues.ts";
import { fieldEventTypes } from "./fieldEvents.ts";
import type { FieldTools } from "./fieldTools.ts";
import { fieldsOfCustomer, type Reconciliation, settle } from "./reconcile.ts";

/** What a person decided about a conflict, as its event contains it. */
export interface ResolutionData {
  conflict: string;
  by: "person";
  /** The platform whose value was chosen; null for a value that the person wrote. */
  from: string | null;
  reason: string | null;
  value?: FieldValue;
  email?: FieldValue;
  phone?: FieldValue;
}

/** True for the event of a person's decision. */
export const isResolution = ({ type, payload }: LoggedEvent): boolean =>
  type === fieldEventTypes.resolved && payload?.data["by"] === "person";

/** Writes what a person decided to every record of the customer, as the customer is now. */
export async function applyResolution(tools: FieldTools, event: LoggedEvent, result: Reconciliation): Promise<void> {
  const { log } = tools;
  const data = event.payload?.data as ResolutionData | undefined;
  const row = data && (await findConflict(log.store, data.conflict));
  if (!row) return;
  const value = data.value ?? data.email ?? data.phone ?? null;
  const stored = (await openConflicts(log, [row])).get(row.id);
  const decision = { value, platform: data.from, reason: data.reason };
  const sealed = stored && (await sealConflict(log, row, { ...stored, decision }));
  if (sealed) result.statements.push(saveConflict(log.store, sealed));
  const definition = tools.definitions.find(({ name, enabled }) => enabled && name === row.field);
  const reader = openReader(log);
  const node = definition && (await reader.nodeOf(row.key));
  if (!definition || !node) return;
  const [field] = await fieldsOfCustomer(tools, reader, node, [definition]);
  if (!field) return;
  const agreed = { value, text: tools.textOf(value, definition), winner: null };
  await settle(tools, reader, field, agreed, result, event);
}
