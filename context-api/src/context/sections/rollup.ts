import type { Rollup } from "@sidelight/contracts/context/sections.ts";
import type { Money } from "@sidelight/model/records.ts";
import type { CustomerRecords } from "../customerRecords.ts";
import { companySurvivor } from "../survivorship.ts";
import { consentedUsage, lastDays, notCounted } from "./product.ts";
import { ofSource, type SectionInput } from "./section.ts";
import { isOpen } from "./support.ts";

const maxListed = 10;

/** Totals of a company and its subsidiaries. Null for a company without subsidiaries. */
export function rollupOf(input: SectionInput): Rollup | null {
  const { records } = input;
  if (records.subsidiaries.length === 0) return null;
  const companies = [records, ...records.subsidiaries];
  const arrOf = (company: CustomerRecords): Money | null =>
    ofSource(input, company.company?.records ?? []).find((account) => account.data.arr !== null)?.data.arr ?? null;
  const days = lastDays(input);
  const usage = companies.flatMap((company) => consentedUsage({ records: company }));
  const sessions = usage.reduce((sum, u) => sum + days.reduce((n, day) => n + (u.data.days[day]?.sessions ?? 0), 0), 0);
  // A ticket of an organization without an account counts to the organization, and to the company of its requester.
  const open = new Set(companies.flatMap((company) => company.tickets.filter(isOpen).map((t) => t.key)));
  return {
    accounts: companies.length,
    arr: byCurrency(companies.map(arrOf)),
    openTickets: open.size,
    sessions30d: usage.length === 0 ? null : sessions,
    notCounted: companies.reduce((count, company) => count + notCounted(company), 0),
    subsidiaries: records.subsidiaries
      .map((subsidiary) => ({
        id: `company:${subsidiary.node}`,
        name: companySurvivor("name", subsidiary.company?.records ?? [], input.survivorship)?.value ?? null,
        arr: arrOf(subsidiary),
      }))
      .sort((a, b) => (a.name ?? "").localeCompare(b.name ?? "") || a.id.localeCompare(b.id))
      .slice(0, maxListed),
  };
}

/** Amounts are added per currency, never across currencies. */
function byCurrency(amounts: (Money | null)[]): Money[] {
  const sums = new Map<string, number>();
  for (const money of amounts) if (money) sums.set(money.currency, (sums.get(money.currency) ?? 0) + money.amount);
  return [...sums].sort(([a], [b]) => a.localeCompare(b)).map(([currency, amount]) => ({ amount, currency }));
}
