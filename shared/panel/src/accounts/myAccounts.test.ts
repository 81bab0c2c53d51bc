import type { CustomerRow } from "@sidelight/contracts/customers/customer.ts";
import { expect, it } from "vitest";
import de from "../messages/de.json" with { type: "json" };
import { toMyAccounts } from "./myAccounts.ts";

const row = (members: Partial<CustomerRow>): CustomerRow =>
  ({
    ...{ id: "company:a", name: "Lovelace Analytics", record: "salesforce.account:0018b00002abcDEAAY", link: null, owner: null },
    ...{
      arr: { amount: 1_234_000, currency: "EUR" },
      reasons: [{ reason: "renewing", days: 12, since: "2026-11-01T00:00:00.000Z" }],
    },
    ...members,
  }) as CustomerRow;
const view = (items: CustomerRow[], options: Parameters<typeof toMyAccounts>[1] = { locale: "en" }) =>
  toMyAccounts({ reason: "renewing", phase: "ready", items }, options);

it("an account is shown with its amount, the reason and a task, in the reader's language", () => {
  expect(view([row({})]).rows).toEqual([
    {
      ...{ id: "company:a", record: "0018b00002abcDEAAY", name: "Lovelace Analytics", amount: "€1,234,000" },
      ...{ why: "Renews in 12 days", taskName: "Create task: Lovelace Analytics" },
    },
  ]);
  const german = view([row({})], { locale: "de-DE", messages: de });
  expect(german.title).toBe("Meine Accounts");
  expect(german.rows[0]).toMatchObject({ why: "Verlängerung in 12 Tagen" });
});

it("a renewal of today, an overdue one, and an account without a name or a reason have their own words", () => {
  const why = (days: number) =>
    view([row({ reasons: [{ reason: "renewing", days, since: "2026-11-01T00:00:00.000Z" }] })]).rows[0]?.why;
  expect([why(0), why(1), why(-1), why(-9)]).toEqual([
    ...["Renews today", "Renews in 1 day", "Renewal overdue by 1 day", "Renewal overdue by 9 days"],
  ]);
  expect(view([row({ name: null, record: null, reasons: [] })]).rows[0]).toMatchObject({
    name: "company:a",
    record: "",
    why: "",
  });
});

it("a list that is loading, failed or empty says so", () => {
  const note = (phase: "loading" | "ready" | "failed") => toMyAccounts({ reason: "at_risk", phase, items: [] }, { locale: "en" });
  expect(note("loading").note).toBe("Loading your accounts…");
  expect(note("failed")).toMatchObject({ note: "Your accounts couldn't be loaded.", retryLabel: "Try again" });
  expect(note("ready").note).toBe("None of your accounts is in this list.");
});

it("an account that is at risk since today has words of its own", () => {
  const items = [row({ reasons: [{ reason: "at_risk", days: 0, since: "2026-11-30T00:00:00.000Z" }] })];
  expect(toMyAccounts({ reason: "at_risk", phase: "ready", items }, { locale: "en" }).rows[0]?.why).toBe("At risk since today");
});
