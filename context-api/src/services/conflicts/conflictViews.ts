import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { RecordData } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { type FieldDefinition, fieldDefinitions } from "../../config/fields.ts";
import type { Tenant } from "../../context/tenant.ts";
import { type ConflictValues, openConflicts } from "../../fields/conflictValues.ts";
import { namedValue } from "../../fields/fieldEvents.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import type { Rights } from "../../security/roles.ts";
import type { ConflictRow } from "../../store/tables/conflicts.ts";
import { iso, isoOrNull } from "../instant.ts";

type ConflictView = Conflict;
type Value = Conflict["values"][number]["value"];

/** Conflicts as the API returns them, masked for the role. */
export async function conflictViews(tenant: Tenant, rows: readonly ConflictRow[], rights: Rights): Promise<ConflictView[]> {
  const { definitions } = fieldDefinitions(tenant.config, tenant.platforms);
  const values = await openConflicts(tenant.log, rows);
  const reader = openReader(tenant.log);
  const nodes = await reader.nodesOf(rows.map(({ key }) => key));
  const names = await customerNames(reader, values);
  return rows.map((row) => {
    const definition = definitions.find(({ name }) => name === row.field);
    const node = nodes.get(row.key);
    const name = names.get(row.id) ?? null;
    return view(tenant, row, values.get(row.id) ?? { values: [] }, { definition, node, name, rights });
  });
}

/** The name of each conflict's customer, in the first of its records that has one. */
async function customerNames(reader: Reader, values: ReadonlyMap<string, ConflictValues>): Promise<Map<string, string>> {
  const refs = [...values.values()].flatMap((stored) => stored.values.map(({ ref }) => ref));
  const data = await reader.data([...new Set(refs)].map(reader.key));
  return new Map(
    [...values].flatMap(([id, stored]) => {
      const name = stored.values.map(({ ref }) => nameIn(data.get(ref))).find((text) => text !== null);
      return name ? [[id, name] as const] : [];
    }),
  );
}

const nameIn = (data: RecordData | undefined): string | null =>
  data?.kind === "person" || data?.kind === "company" ? data.name : null;

interface ViewContext {
  definition: FieldDefinition | undefined;
  node: string | undefined;
  name: string | null;
  rights: Rights;
}

function view(tenant: Tenant, row: ConflictRow, stored: ConflictValues, context: ViewContext): ConflictView {
  const { definition, node, name, rights } = context;
  const masked: string[] = [];
  const shown = (value: Value, pointer: string): Value => {
    const result = maskDeep(namedValue(definition?.type ?? "text", value), rights);
    if (result.masked.length > 0) masked.push(pointer);
    return Object.values(result.value)[0] ?? null;
  };
  const { decision } = stored;
  const decidedAt = isoOrNull(row.resolved_at);
  return {
    id: row.id,
    field: row.field,
    kind: definition?.kind ?? null,
    customer: definition && node ? `${definition.kind}:${node}` : null,
    customerName: shownName(name, rights, () => masked.push("/customerName")),
    owner: definition?.owner ?? null,
    rule: row.rule as Conflict["rule"],
    cause: row.cause as Conflict["cause"],
    state: row.state as Conflict["state"],
    values: stored.values.map(({ platform, ref, value, changedAt, hasChanged }, i) => ({
      platform,
      ref: shownRef(tenant, ref, rights, () => masked.push(`/values/${i}/ref`)),
      value: shown(value, `/values/${i}/value`),
      changedAt: iso(changedAt),
      hasChanged: hasChanged ?? null,
    })),
    base: stored.base ? { value: shown(stored.base.value, "/base/value") } : null,
    decision:
      decidedAt === null
        ? null
        : {
            by: row.decided_by as NonNullable<Conflict["decision"]>["by"],
            platform: decision?.platform ?? null,
            value: shown(decision?.value ?? null, "/decision/value"),
            reason: decision?.reason ?? null,
            at: decidedAt,
          },
    openedAt: iso(row.opened_at),
    masked,
  };
}

/** A name can contain an address. */
function shownName(name: string | null, rights: Rights, onMasked: () => void): string | null {
  const { value, masked } = maskDeep({ name }, rights);
  if (masked.length > 0) onMasked();
  return value.name;
}

/** An id that others than the platform chose can be an address. */
function shownRef({ platforms }: Tenant, ref: string, { pii }: Rights, onMasked: () => void): string | null {
  const { platform, object } = splitRef(ref);
  const type = platforms.get(platform)?.objects[object];
  if (pii || (type && !type.hasChosenIds)) return ref;
  onMasked();
  return null;
}
