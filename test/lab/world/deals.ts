import { RATE, REPS } from "./companies.ts";
import { DEMO_CUSTOMERS } from "./demoCustomer.ts";
import { hash, type Rng, rng } from "./prng.ts";
import { audit, ownerOf, type SalesforceIds, type Seeding } from "./salesforce.ts";
import { DAY, day } from "./time.ts";
import type { Company, SfRow } from "./types.ts";

const STAGES = {
  Prospecting: 10,
  Qualification: 10,
  "Proposal/Price Quote": 12,
  "Negotiation/Review": 10,
  "Closed Won": 38,
  "Closed Lost": 20,
};
export const PROBABILITY: Record<string, number> = {
  Prospecting: 10,
  Qualification: 20,
  "Proposal/Price Quote": 65,
  "Negotiation/Review": 80,
  "Closed Won": 100,
  "Closed Lost": 0,
};
const TOPICS = ["New business", "Expansion", "Add-on: Forecasting", "Add-on: API Access", "Seats", "Second team", "Pilot"];

/** The account's owner, or a user when a queue owns it. */
export const salesUser = (ids: SalesforceIds, c: Company, r: Rng): string =>
  c.owner.kind === "user" ? ownerOf(ids, c.owner) : ids.user(r.int(0, REPS - 1));

export function opportunities(s: Seeding, ids: SalesforceIds, count: number): SfRow[] {
  const rows: SfRow[] = [];
  const demo = DEMO_CUSTOMERS[s.tenant] ?? DEMO_CUSTOMERS["acme"]!;
  const hero = s.companies[0]!;
  for (const deal of demo.deals) {
    const r = rng(hash(s.seed, s.tenant, "deal", deal.name));
    const created = s.anchor - (deal.closesIn < 0 ? -deal.closesIn + 60 : 90 - deal.closesIn / 2) * DAY;
    const amount = Math.round(((hero.arr ?? 0) * deal.share) / 100) * 100;
    rows.push(
      opportunity(
        s,
        ids,
        rows.length,
        hero,
        r,
        `${hero.name.split(" ")[0]} – ${deal.name}`,
        deal.stage,
        amount,
        deal.closesIn,
        created,
        deal.nextStep,
      ),
    );
  }
  for (let i = rows.length; i < count; i++) {
    const r = rng(hash(s.seed, s.tenant, "opportunity", i));
    const c = s.companies[r.int(1, s.companies.length - 1)]!;
    const stage = c.kind === "Prospect" ? r.pick(["Prospecting", "Qualification", "Proposal/Price Quote"]) : r.weighted(STAGES);
    const isClosed = stage.startsWith("Closed");
    const closesIn = isClosed ? -r.int(2, 600) : r.int(-10, 150);
    const amount = r.chance(0.05) ? null : Math.round((r.logNormal(16_000, 0.9) * RATE[c.currency]) / 100) * 100;
    const created = s.anchor - (isClosed ? -closesIn + r.int(10, 120) : r.int(2, 120)) * DAY;
    const next =
      !isClosed && r.chance(0.6)
        ? r.pick(["Send the contract", "Legal review", "Demo for the second team", "Waiting for budget"])
        : null;
    rows.push(opportunity(s, ids, i, c, r, `${c.name.slice(0, 60)} – ${r.pick(TOPICS)}`, stage, amount, closesIn, created, next));
  }
  return rows;
}

function opportunity(
  s: Seeding,
  ids: SalesforceIds,
  n: number,
  c: Company,
  r: Rng,
  name: string,
  stage: string,
  amount: number | null,
  closesIn: number,
  createdAt: number,
  nextStep: string | null,
): SfRow {
  const owner = salesUser(ids, c, r);
  return {
    Id: ids.make("Opportunity", n),
    Name: name.slice(0, 120),
    AccountId: ids.account(c.index),
    OwnerId: owner,
    StageName: stage,
    Amount: amount,
    Probability: PROBABILITY[stage]!,
    CloseDate: day(s.anchor + closesIn * DAY),
    IsClosed: stage.startsWith("Closed"),
    IsWon: stage === "Closed Won",
    NextStep: nextStep,
    Type: n % 3 === 0 ? "New Business" : "Existing Business",
    Description: null,
    CurrencyIsoCode: c.currency,
    ...audit(r, s.anchor, createdAt, owner, owner),
  };
}
