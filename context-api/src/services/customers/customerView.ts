import type { CustomerRow, ListReason } from "@sidelight/contracts/customers/customer.ts";
import { addDays, daysBetween } from "@sidelight/model/calendar.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import type { CustomersConfig } from "../../config/schema.ts";
import { noRenewal, noScore, type OverviewContent } from "../../context/overview/overviewRow.ts";
import type { Rights } from "../../security/roles.ts";
import type { OverviewFilter, OverviewRow } from "../../store/tables/customerOverview.ts";
import { iso } from "../instant.ts";

const dayMs = 86_400_000;

/** The moment of a list, in the tenant's time zone. */
export interface Today {
  /** Epoch ms. */
  now: number;
  /** Calendar day. */
  day: string;
  limits: CustomersConfig;
}

/** The companies for which a reason applies today, as {@link reasonsOf} finds it for each of them. */
export function filterOf(
  reason: ListReason,
  { now, day, limits }: Today,
): Pick<OverviewFilter, "band" | "renewal" | "lastActiveBefore"> {
  switch (reason) {
    case "at_risk":
      return { band: "at_risk" };
    case "renewing":
      return { renewal: { from: addDays(day, -limits.overdueDays), to: addDays(day, limits.renewalDays) } };
    case "gone_quiet":
      return { lastActiveBefore: now - limits.quietDays * dayMs };
  }
}

/** Why a company needs a call today. */
export function reasonsOf(
  row: Pick<OverviewRow, "band" | "band_since" | "renewal_day" | "last_active_at">,
  { now, day, limits }: Today,
): CustomerRow["reasons"] {
  const daysSince = (instant: number): number => Math.max(0, Math.floor((now - instant) / dayMs));
  const reasons: CustomerRow["reasons"] = [];
  if (row.band === "at_risk") reasons.push({ reason: "at_risk", since: iso(row.band_since), days: daysSince(row.band_since) });
  const untilRenewal = daysBetween(day, row.renewal_day);
  if (untilRenewal >= -limits.overdueDays && untilRenewal <= limits.renewalDays)
    reasons.push({ reason: "renewing", since: row.renewal_day, days: untilRenewal });
  if (row.last_active_at > 0 && row.last_active_at < now - limits.quietDays * dayMs)
    reasons.push({ reason: "gone_quiet", since: iso(row.last_active_at), days: daysSince(row.last_active_at) });
  return reasons;
}

/** A company as the caller may see it: without what the sections contain that the role does not see. */
export function customerRow(
  row: OverviewRow,
  content: OverviewContent | null,
  { today, rights, pinned }: { today: Today; rights: Rights; pinned: ReadonlySet<string> },
): CustomerRow {
  const sees = (section: string): boolean => rights.sections === null || rights.sections.includes(section);
  const [account, health, product] = [sees("account"), sees("health"), sees("product")];
  const reasonSections = { at_risk: health, renewing: account, gone_quiet: product };
  const view = {
    id: `company:${row.node}`,
    name: content?.name ?? null,
    record: account ? (content?.record ?? null) : null,
    link: account ? (content?.link ?? null) : null,
    owner: account ? (content?.owner ?? null) : null,
    arr: account ? (content?.arr ?? null) : null,
    renewalDate: account && row.renewal_day !== noRenewal ? row.renewal_day : null,
    health: {
      score: health && row.score !== noScore ? row.score : null,
      band: health && row.band !== "" ? (row.band as CustomerRow["health"]["band"]) : null,
      since: health && row.band !== "" ? iso(row.band_since) : null,
    },
    usage: {
      trend: product && row.usage_trend !== "" ? (row.usage_trend as CustomerRow["usage"]["trend"]) : null,
      since: product && row.usage_trend !== "" ? iso(row.trend_since) : null,
      lastActiveAt: product && row.last_active_at > 0 ? iso(row.last_active_at) : null,
    },
    reasons: reasonsOf(row, today).filter(({ reason }) => reasonSections[reason]),
    pinned: pinned.has(row.node),
    computedAt: iso(row.computed_at),
  };
  const { value, masked } = maskDeep(view, rights);
  return { ...value, masked };
}
