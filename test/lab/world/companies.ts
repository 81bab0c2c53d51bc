import { DEMO_CUSTOMERS } from "./demoCustomer.ts";
import { phone } from "./phones.ts";
import { hash, type Rng, rng } from "./prng.ts";
import { DAY, day } from "./time.ts";
import type { Company, Currency, Usage } from "./types.ts";
import { HOSTILE, INDUSTRIES, NEXT_STEPS, STEM_COUNT, SUFFIX, slug, stem, TAIL_COUNT, TRADE, tail } from "./words.ts";

export const REPS = 18;
export const QUEUES = 3;

const CURRENCY: Record<string, Currency> = { US: "USD", DE: "EUR", FR: "EUR", NL: "EUR", IE: "EUR", JP: "JPY" };
/** Amounts are drawn in USD and converted to the company's currency. */
export const RATE: Record<Currency, number> = { USD: 1, EUR: 0.9, JPY: 150 };
const HOSTILE_NAMES = [HOSTILE.markup, HOSTILE.reversed, HOSTILE.long, HOSTILE.apostrophe, HOSTILE.quotes, HOSTILE.soql];

export const planFor = (usd: number | null): string | null =>
  usd === null ? null : usd < 9_000 ? "Starter" : usd < 60_000 ? "Growth" : "Enterprise";

function name(i: number, r: Rng, country: string, industry: string): { name: string; domain: string } {
  // Stem × tail never repeats below STEM_COUNT × TAIL_COUNT companies.
  const a = (i * 37) % STEM_COUNT;
  const b = (i * 10 + Math.floor(i / STEM_COUNT) * 5) % TAIL_COUNT;
  const core = `${stem(a)}${tail(b)}`;
  const trade = r.pick(TRADE[industry]!);
  const suffix = r.pick(SUFFIX[country]!);
  return { name: [core, trade, suffix].filter(Boolean).join(" "), domain: `${slug(core)}-${slug(trade)}.example` };
}

/** All companies of a tenant: 0 is the demo customer, 1 its parent, 2 its sister, the others random. */
export function companies(tenant: string, seed: number, count: number, anchor: number): Company[] {
  const result: Company[] = [];
  for (let i = 0; i < count; i++) {
    const r = rng(hash(seed, tenant, "company", i));
    const country = r.weighted({ US: 60, DE: 12, FR: 8, NL: 5, IE: 4, JP: 11 });
    const industry = r.pick(INDUSTRIES);
    const kind = r.weighted({ Customer: 78, Prospect: 17, Partner: 5 });
    const usd = kind === "Customer" ? Math.round(Math.min(r.logNormal(24_000, 1.1), 900_000) / 500) * 500 + 1_500 : null;
    const currency = CURRENCY[country]!;
    const renewal = kind === "Customer" ? anchor + r.int(-45, 360) * DAY : null;
    const companyName = name(i, r, country, industry);
    const company: Company = {
      index: i,
      ...companyName,
      country,
      currency,
      industry,
      kind,
      plan: planFor(usd),
      arr: usd === null ? null : Math.round(usd * RATE[currency]),
      renewal: renewal === null ? null : day(renewal),
      nextStep: r.chance(0.7) ? r.pick(NEXT_STEPS) : null,
      parent: null,
      owner: { kind: "user", index: r.int(0, REPS - 1) },
      phone: phone(country, 2300 + i),
      usage: r.weighted<Usage>({ growing: 25, steady: 50, fading: 25, none: 0 }),
      orgName: r.chance(0.95) ? companyName.name : null,
      orgLinked: r.chance(0.7),
      createdAt: anchor - r.int(100, 1500) * DAY,
      tags: [],
    };
    result.push(special(company, anchor));
  }
  applyDemo(result, tenant, anchor);
  return result;
}

/** The special cases, at fixed indexes, so that even a small world has each. */
function special(company: Company, anchor: number): Company {
  const i = company.index;
  const tag = (label: string): void => void company.tags.push(label);
  if (i % 17 === 3) {
    company.owner = { kind: "queue", index: i % QUEUES };
    tag("queue-owned");
  }
  if (i % 13 === 4) {
    company.arr = null;
    tag("no-arr");
  }
  if (i % 19 === 5) {
    company.usage = "none";
    tag("no-usage");
  }
  if (i % 37 === 6) {
    const n = Math.floor(i / 37);
    // Organization names are unique in Zendesk.
    company.name = HOSTILE_NAMES[n % HOSTILE_NAMES.length]! + (n < HOSTILE_NAMES.length ? "" : ` ${n}`);
    if (company.orgName) company.orgName = company.name;
    tag("hostile-name");
  }
  if (i % 11 === 7) {
    company.orgName = `${company.name.split(" ")[0]} (formerly ${stem(i + 5)}${tail(i + 3)})`;
    tag("renamed");
  }
  if (i % 9 === 8 && i > 8) company.parent = i - 1;
  if (i % 27 === 7 && i > 8) company.parent = i - 1;
  if (i === 8) {
    company.currency = "JPY";
    company.country = "JP";
    company.kind = "Customer";
    company.arr = 4_200_000;
    company.plan = planFor(28_000);
    company.renewal = day(anchor + 150 * DAY);
  }
  if (i === 9) {
    company.currency = "EUR";
    company.country = "DE";
    company.kind = "Customer";
    company.arr = 31_500;
    company.plan = planFor(35_000);
    company.renewal = day(anchor - 12 * DAY);
    tag("renewal-past");
  }
  if (company.renewal) {
    const days = (Date.parse(company.renewal) - anchor) / DAY;
    if (days < -1) tag("renewal-past");
    else if (days < 60) tag("renewal-near");
  }
  if (!company.orgName) company.orgLinked = false;
  return company;
}

function applyDemo(companyList: Company[], tenant: string, anchor: number): void {
  const demo = DEMO_CUSTOMERS[tenant] ?? DEMO_CUSTOMERS["acme"]!;
  const [hero, parent, sister] = companyList;
  if (!hero || !parent || !sister) throw new Error("a world needs at least ten companies");
  Object.assign(hero, {
    ...demo.company,
    kind: "Customer",
    renewal: day(anchor + 38 * DAY),
    parent: 1,
    owner: { kind: "user", index: 0 },
    usage: "fading",
    orgName: demo.company.name.replace(/ (Inc\.|GmbH)$/, ""),
    orgLinked: true,
    createdAt: anchor - 470 * DAY,
    tags: ["demo", "renewal-near", "renamed"],
  } satisfies Partial<Company>);
  const family = {
    country: hero.country,
    currency: hero.currency,
    industry: hero.industry,
    owner: { kind: "user" as const, index: 0 },
  };
  Object.assign(parent, {
    ...family,
    ...demo.parent,
    kind: "Customer",
    plan: "Starter",
    arr: 12_000,
    parent: null,
    renewal: null,
  });
  Object.assign(parent, {
    orgName: demo.parent.name,
    orgLinked: true,
    usage: "steady",
    tags: ["story-parent"],
  } satisfies Partial<Company>);
  Object.assign(sister, { ...family, ...demo.sibling, kind: "Customer", plan: "Growth", arr: 41_000, parent: 1 });
  Object.assign(sister, {
    orgName: demo.sibling.name,
    orgLinked: false,
    usage: "growing",
    tags: ["story-sister"],
  } satisfies Partial<Company>);
}
