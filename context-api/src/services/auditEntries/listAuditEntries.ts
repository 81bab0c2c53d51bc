import type { AuditEntry } from "@sidelight/contracts/actions/action.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { dataKeysOf } from "../../log/dataKeys.ts";
import type { TenantLog } from "../../log/log.ts";
import { unseal } from "../../security/seal.ts";
import { type AuditRow, listAuditEntries as listRows } from "../../store/tables/auditEntries.ts";
import { auditContext } from "../audit.ts";
import { iso } from "../instant.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface AuditListInput extends PageInput {
  /** Noun and verb: `actions.reveal`. */
  verb?: string | undefined;
  /** Id of the API key, or ref of the person. */
  actor?: string | undefined;
  /** At or after this instant, epoch ms. */
  since?: number | undefined;
}

/** Who did what, newest first. */
export const listAuditEntries = defineService(
  "operate",
  async (
    { served: { tenant }, actor }: ServiceContext,
    { limit, cursor, ...filter }: AuditListInput,
  ): Promise<Page<AuditEntry>> => {
    const { log } = tenant;
    const page = await pageByOffset(
      { limit, cursor },
      (slice) => listRows(log.store, { ...slice, ...filter }),
      (row) => row,
    );
    const reasons = await openReasons(log, page.items);
    const items = page.items.map((row) => maskDeep(entryView(row, reasons.get(row.id) ?? null), actor.rights).value);
    return { items, nextCursor: page.nextCursor };
  },
);

/** By the entry's id, without those of an erased customer. */
async function openReasons(log: TenantLog, rows: readonly AuditRow[]): Promise<Map<string, string>> {
  const keys = await dataKeysOf(
    log,
    rows.flatMap(({ subject }) => subject ?? []),
  );
  return new Map(
    rows.flatMap(({ id, subject, payload }) => {
      const key = subject === null ? undefined : keys.get(subject);
      if (!key || !payload) return [];
      const { reason } = JSON.parse(unseal(key, auditContext(log.tenant, id), payload).toString()) as { reason: string };
      return [[id, reason] as const];
    }),
  );
}

const entryView = ({ id, at, verb, key_id, role, person, customer, ids }: AuditRow, reason: string | null): AuditEntry => ({
  id,
  at: iso(at),
  verb,
  actor: { keyId: key_id, role, person },
  customer,
  ids: JSON.parse(ids) as AuditEntry["ids"],
  reason,
});
