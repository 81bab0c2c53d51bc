import { DEMO_CUSTOMERS } from "./demoCustomer.ts";
import { phone } from "./phones.ts";
import { hash, type Rng, rng } from "./prng.ts";
import { DAY } from "./time.ts";
import type { Company, Person } from "./types.ts";
import { FIRST, FREE_MAIL, HOSTILE, LAST, slug, TITLES } from "./words.ts";

const NOBODY = { salesforce: false, zendesk: false, mixpanel: false };

/** All people of a tenant, by company, then those without a company. */
export function people(tenant: string, seed: number, count: number, companies: readonly Company[], anchor: number): Person[] {
  const result: Person[] = [];
  const usedEmails = new Set<string>();
  const places = seats(tenant, seed, count, companies.length);
  for (let i = 0; i < count; i++) {
    const company = places[i]!;
    const r = rng(hash(seed, tenant, "person", i));
    result.push(
      special(
        draw(i, company === null ? null : companies[company]!, r, anchor, usedEmails),
        companies,
        r,
        usedEmails,
        seed,
        tenant,
      ),
    );
  }
  return result;
}

/** The company of each person: the demo customer's people first, a few in each, the others skewed. */
function seats(tenant: string, seed: number, count: number, companies: number): (number | null)[] {
  const r = rng(hash(seed, tenant, "seats"));
  const companyOf: (number | null)[] = [];
  const demo = DEMO_CUSTOMERS[tenant] ?? DEMO_CUSTOMERS["acme"]!;
  for (let i = 0; i < demo.people.length + 4; i++) companyOf.push(0);
  for (let company = 1; company < companies && companyOf.length < count; company++) companyOf.push(company, company);
  const homeless = Math.max(4, Math.round(count * 0.05));
  const ranks = Array.from({ length: companies }, (_, i) => i).sort((a, b) => hash(seed, a, "rank") - hash(seed, b, "rank"));
  while (companyOf.length < count - homeless) companyOf.push(ranks[Math.floor(companies * r.next() ** 1.8)]!);
  while (companyOf.length < count) companyOf.push(null);
  return companyOf.slice(0, count);
}

function draw(i: number, company: Company | null, r: Rng, anchor: number, usedEmails: Set<string>): Person {
  const first = r.pick(FIRST);
  const last = r.pick(LAST);
  const createdAt = Math.max(company?.createdAt ?? 0, anchor - r.int(20, 1200) * DAY);
  const presence = company
    ? r.weighted({ all: 68, "sf-zd": 12, "sf-mp": 8, "zd-mp": 4, sf: 4, zd: 2.5, mp: 1.5 })
    : r.weighted({ all: 0, "sf-zd": 10, "sf-mp": 5, "zd-mp": 30, sf: 10, zd: 25, mp: 20 });
  const has = (key: string): boolean => presence === "all" || presence.split("-").includes(key);
  const recent = r.chance(0.35);
  const person: Person = {
    index: i,
    company: company?.index ?? null,
    alsoAt: null,
    first,
    last,
    email: address(first, last, company ? company.domain : r.pick(FREE_MAIL), usedEmails),
    moreEmails: [],
    phone: r.chance(0.75) ? phone(company?.country ?? "US", i) : null,
    title: r.pick(TITLES),
    salesforce: has("sf"),
    zendesk: has("zd"),
    mixpanel: has("mp") && company?.usage !== "none",
    distinctIds: [],
    linked: r.chance(0.6),
    optedOut: { salesforce: false, zendesk: false, mixpanel: false },
    createdAt,
    signedUpAt:
      Math.max(createdAt, recent ? anchor - r.int(6, 88) * DAY : anchor - r.int(95, 700) * DAY) + r.int(7, 18) * 3_600_000,
    tags: company ? [] : ["free-mail"],
  };
  if (person.mixpanel) person.distinctIds.push(`u_${String(i).padStart(6, "0")}`);
  return person;
}

function address(first: string, last: string, domain: string, usedEmails: Set<string>): string {
  const local = `${slug(first)}.${slug(last)}`;
  for (let n = 1; ; n++) {
    const candidate = `${local}${n === 1 ? "" : n}@${domain}`;
    if (!usedEmails.has(candidate)) {
      usedEmails.add(candidate);
      return candidate;
    }
  }
}

/** The people of the special cases, at fixed indexes. */
function special(
  p: Person,
  companies: readonly Company[],
  r: Rng,
  usedEmails: Set<string>,
  seed: number,
  tenant: string,
): Person {
  const i = p.index;
  const tag = (label: string): void => void p.tags.push(label);
  const demo = DEMO_CUSTOMERS[tenant] ?? DEMO_CUSTOMERS["acme"]!;
  const hero = demo.people[i];
  if (hero) {
    usedEmails.delete(p.email);
    const email = address(hero.first, hero.last.replace("ı", "i").replace("ü", "ue"), companies[0]!.domain, usedEmails);
    Object.assign(p, { ...hero, email, salesforce: true, zendesk: true, mixpanel: true, linked: true, tags: ["demo"] });
    Object.assign(p, { distinctIds: [`u_${String(i).padStart(6, "0")}`], phone: phone(companies[0]!.country, i) });
    return p;
  }
  if (p.company === null || p.company === 0) return label(p);
  const domain = companies[p.company]!.domain;
  // Residues of one modulus, so that no two cases share a person and a small world has each.
  switch (i % 43) {
    case 9:
    case 30:
      p.moreEmails = [address(p.first, `${p.last}-old`, domain, usedEmails)];
      if (r.chance(0.5)) p.moreEmails.push(address(p.first, p.last, r.pick(FREE_MAIL), usedEmails));
      Object.assign(p, { salesforce: true, zendesk: true });
      tag("several-addresses");
      break;
    case 11:
    case 33:
      p.email = address(p.first, p.last, r.pick(FREE_MAIL), usedEmails);
      tag("free-mail");
      break;
    case 13:
      Object.assign(p, NOBODY, { salesforce: true, distinctIds: [] });
      break;
    case 14:
      Object.assign(p, NOBODY, { zendesk: true, distinctIds: [] });
      break;
    case 16:
      Object.assign(p, NOBODY, { mixpanel: true, distinctIds: [`u_${String(i).padStart(6, "0")}`] });
      break;
    case 17:
      p.optedOut = { salesforce: true, zendesk: false, mixpanel: false };
      p.salesforce = true;
      tag("opted-out");
      break;
    case 19:
      p.optedOut = { salesforce: false, zendesk: true, mixpanel: false };
      p.zendesk = true;
      tag("opted-out");
      break;
    case 20:
      if (p.mixpanel) {
        p.optedOut = { salesforce: false, zendesk: false, mixpanel: true };
        tag("opted-out");
      }
      break;
    case 22:
      if (p.mixpanel) {
        p.distinctIds.push(`d-${hash(seed, i).toString(16).padStart(8, "0")}-${i}`);
        tag("two-distinct-ids");
      }
      break;
    case 24:
      if (p.mixpanel) {
        p.distinctIds = [p.email];
        p.linked = false;
        tag("email-distinct-id");
      }
      break;
    case 25: {
      const hostile = [HOSTILE.markup, `${p.first}\u202E${p.last}`, HOSTILE.long, HOSTILE.template, 'Quo"te\\']!;
      p.last = hostile[Math.floor(i / 43) % hostile.length]!;
      tag("hostile-name");
      break;
    }
    case 27:
      p.last = "O'Brien";
      p.email = address(p.first, "", domain, usedEmails).replace(/\.?(\d*)@/, `.o'brien$1@`);
      tag("hostile-address");
      break;
    case 28:
      p.email = `${slug(p.first)}+${slug(p.last)}.support${i}@${domain}`;
      tag("hostile-address");
      break;
    case 31:
    case 36:
      shared(p, companies, r, domain, i % 43 === 31);
      break;
  }
  return label(p);
}

/** One address on two accounts: a shared mailbox under two names, or a consultant under one. */
function shared(p: Person, companies: readonly Company[], r: Rng, domain: string, mailbox: boolean): void {
  const secondCompany = (p.company! + 5) % companies.length || 4;
  if (mailbox) {
    Object.assign(p, NOBODY, { salesforce: true, distinctIds: [], phone: null, email: `office.${p.index}@${domain}` });
    p.alsoAt = { company: secondCompany, name: `${r.pick(FIRST)} ${r.pick(LAST)}` };
  } else {
    p.salesforce = true;
    p.alsoAt = { company: secondCompany, name: `${p.first} ${p.last}` };
  }
  p.tags.push("two-accounts");
}

function label(p: Person): Person {
  const platforms = [p.salesforce && "salesforce", p.zendesk && "zendesk", p.mixpanel && "mixpanel"].filter(Boolean);
  if (platforms.length === 0) p.zendesk = true;
  if (platforms.length === 3) p.tags.push("everywhere");
  if (platforms.length <= 1) p.tags.push(`only-${platforms[0] ?? "zendesk"}`);
  if (p.mixpanel && p.distinctIds.length === 0) p.distinctIds.push(`u_${String(p.index).padStart(6, "0")}`);
  if (!p.mixpanel) p.distinctIds = [];
  return p;
}
