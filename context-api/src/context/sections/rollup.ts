import type { Rollup } from "@sidelight/contracts/context/sections.ts";
import type { Money, StoredRecord } from "@sidelight/model/records.ts";
import { nameOf, type Story } from "../customerRecords.ts";
import { consentedUsage, lastDays } from "./product.ts";
import type { SectionInput } from "./section.ts";
import { isOpen } from "./support.ts";

const mostListed = 10;

/** What a company and everything below it come to. Null where nothing is below. */
export function rollupOf(input: SectionInput, platform: string | undefined): Rollup | null {
  const { story } = input;
  if (story.subsidiaries.length === 0) return null;
  const all = [story, ...story.subsidiaries];
  const days = lastDays(input);
  const used = all.flatMap((s) => consentedUsage({ story: s }));
  const sessions = used.reduce((sum, u) => sum + days.reduce((n, day) => n + (u.data.days[day]?.sessions ?? 0), 0), 0);
  // One ticket may stand in two stories: of the organisation, and of a person who works for another.
  const open = new Set(all.flatMap((s) => s.tickets.filter(isOpen).map((t) => t.key)));
  return {
    accounts: all.length,
    arr: byCurrency(all.map((s) => accountOf(s, platform)?.data.arr ?? null)),
    openTickets: open.size,
    sessions30d: used.length === 0 ? null : sessions,
    subsidiaries: story.subsidiaries
      .map((s) => ({
        id: `company:${s.node}`,
        name: nameOf(s.company?.records ?? []),
        arr: accountOf(s, platform)?.data.arr ?? null,
      }))
      .sort((a, b) => (a.name ?? "").localeCompare(b.name ?? "") || a.id.localeCompare(b.id))
      .slice(0, mostListed),
  };
}

function accountOf(story: Story, platform: string | undefined): StoredRecord<"company"> | undefined {
  return story.company?.records.find((r) => r.platform === platform);
}

/** Amounts are added within a currency and never across. */
function byCurrency(amounts: (Money | null)[]): Money[] {
  const sums = new Map<string, number>();
  for (const money of amounts) if (money) sums.set(money.currency, (sums.get(money.currency) ?? 0) + money.amount);
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, amount]) => ({ amount, currency }));
}
