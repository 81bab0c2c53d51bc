import type { CustomerRow } from "@sidelight/contracts/customers/customer.ts";
import { canonicalCrmId } from "@sidelight/model/identifiers/recordIds.ts";
import { ofKind } from "@sidelight/model/records.ts";
import { dataKeysOf } from "../../log/dataKeys.ts";
import type { TenantLog } from "../../log/log.ts";
import { openReader } from "../../log/reader.ts";
import type { Rights } from "../../security/roles.ts";
import { seal, unseal } from "../../security/seal.ts";
import { loadOverviews, type OverviewRow } from "../../store/tables/customerOverview.ts";
import type { Contexts } from "../contexts.ts";
import type { Tenant } from "../tenant.ts";

/** What of a row is sealed. */
export type OverviewContent = Pick<CustomerRow, "name" | "record" | "link" | "owner" | "arr">;

/** Of a company without a score, so that it comes after all others. */
export const noScore = 101;
/** Of a company without a renewal. */
export const noRenewal = "9999-12-31";

/** Everything that a row is made of; masked when it is read. */
const fullRights: Rights = {
  ...{ pii: true, text: true, reveal: false, events: false, operate: false, identify: false },
  ...{ act: [], sections: null },
};

/**
 * The row of a company as of now, from the store alone. Null when there is no such company any more.
 */
export async function computeOverview(
  { log, clock }: Pick<Tenant, "log" | "clock">,
  contexts: Pick<Contexts, "read">,
  node: string,
): Promise<OverviewRow | null> {
  const reader = openReader(log);
  const records = ofKind(await reader.records((await reader.membersOf(node)).map(({ key }) => key)), "company");
  const [record] = records;
  const dataKey = record && (await dataKeysOf(log, [record.key])).get(record.key);
  if (!record || !dataKey) return null;
  const now = clock.now();
  const { context } = await contexts.read({
    ref: { kind: "company", node, ref: `company:${node}` },
    rights: fullRights,
    sections: ["account", "product", "health"],
    deadlineMs: 0,
    at: { sequence: log.head(), instant: now },
  });
  // A merge gives the company another node, whose row is computed too.
  if (context.customer?.id !== `company:${node}`) return null;
  const { account, product, health } = context.sections;
  const previous = (await loadOverviews(log.store, [node])).get(node);
  const band = health?.data?.band ?? "";
  const trend = product?.data?.trend ?? "";
  const owner = account?.data?.owner ?? null;
  const content: OverviewContent = {
    name: context.customer.name,
    record: records.find(({ platform, id }) => platform === account?.source && id === account.data?.id)?.ref ?? null,
    link: account?.links[0]?.url ?? null,
    owner: owner && { id: owner.id, name: owner.name, kind: owner.kind },
    arr: account?.data?.arr ?? null,
  };
  return {
    node,
    owner: owner && account?.source ? ownerHash(log, `${account.source}.user:${owner.id}`) : "",
    band,
    score: Math.round(health?.data?.score ?? noScore),
    usage_trend: trend,
    renewal_day: account?.data?.renewalDate ?? noRenewal,
    last_active_at: product?.data?.lastActiveAt ? Date.parse(product.data.lastActiveAt) : 0,
    band_since: previous?.band === band ? previous.band_since : now,
    trend_since: previous?.usage_trend === trend ? previous.trend_since : now,
    computed_at: now,
    subject: record.key,
    payload: seal(dataKey, sealContext(log.tenant, node), JSON.stringify(content)),
  };
}

/** Finds the companies of an owner. @param ref `salesforce.user:005…` */
export function ownerHash({ identifier }: Pick<TenantLog, "identifier">, ref: string): string {
  const [name = "", id = ""] = ref.split(":");
  return identifier("owner", `${name}:${canonicalCrmId(id) ?? id}`);
}

/** The sealed part of rows, by node, without those of an erased company. */
export async function openOverviews(log: TenantLog, rows: readonly OverviewRow[]): Promise<Map<string, OverviewContent>> {
  const keys = await dataKeysOf(
    log,
    rows.map(({ subject }) => subject),
  );
  return new Map(
    rows.flatMap(({ node, subject, payload }) => {
      const key = keys.get(subject);
      if (!key) return [];
      return [[node, JSON.parse(unseal(key, sealContext(log.tenant, node), payload).toString()) as OverviewContent] as const];
    }),
  );
}

const sealContext = (tenant: string, node: string) => ({ tenant, table: "customer_overview", id: node });
