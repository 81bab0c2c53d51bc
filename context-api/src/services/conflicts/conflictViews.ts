import type { Conflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { type FieldDefinition, fieldDefinitions } from "../../config/fields.ts";
import type { Tenant } from "../../context/tenant.ts";
import { type ConflictValues, openConflicts } from "../../fields/conflictValues.ts";
import { namedValue } from "../../fields/fieldEvents.ts";
import { openReader } from "../../log/reader.ts";
import type { Rights } from "../../security/roles.ts";
import type { ConflictRow } from "../../store/tables/conflicts.ts";
import { iso, isoOrNull } from "../instant.ts";

type ConflictView = Conflict;
type Value = Conflict["values"][number]["value"];

/** Conflicts as the API returns them, masked for the role. */
export async function conflictViews(tenant: Tenant, rows: readonly ConflictRow[], rights: Rights): Promise<ConflictView[]> {
  const { definitions } = fieldDefinitions(tenant.config, tenant.platforms);
  const values = await openConflicts(tenant.log, rows);
  const nodes = await openReader(tenant.log).nodesOf(rows.map(({ key }) => key));
  return rows.map((row) => {
    const definition = definitions.find(({ name }) => name === row.field);
    const node = nodes.get(row.key);
    return view(tenant, row, values.get(row.id) ?? { values: [] }, { definition, node, rights });
  });
}

interface ViewContext {
  definition: FieldDefinition | undefined;
  node: string | undefined;
  rights: Rights;
}

function view(tenant: Tenant, row: ConflictRow, stored: ConflictValues, { definition, node, rights }: ViewContext): ConflictView {
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
    owner: definition?.owner ?? null,
    rule: row.rule as Conflict["rule"],
    cause: row.cause as Conflict["cause"],
    state: row.state as Conflict["state"],
    values: stored.values.map(({ platform, ref, value, changedAt }, i) => ({
      platform,
      ref: shownRef(tenant, ref, rights, () => masked.push(`/values/${i}/ref`)),
      value: shown(value, `/values/${i}/value`),
      changedAt: iso(changedAt),
    })),
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

/** An id that others than the platform chose can be an address. */
function shownRef({ platforms }: Tenant, ref: string, { pii }: Rights, onMasked: () => void): string | null {
  const { platform, object } = splitRef(ref);
  const type = platforms.get(platform)?.objects[object];
  if (pii || (type && !type.hasChosenIds)) return ref;
  onMasked();
  return null;
}
