import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expandSections } from "../harness/salesforcePanel.ts";
import {
  type KnownPerson,
  knownPeople,
  openSignedPanels,
  type SalesforcePage,
  type SignedPanels,
  type ZendeskPage,
} from "../harness/signedPanels.ts";
import { expandAll } from "../harness/zendeskPanel.ts";
import { mixpanelClient } from "../lab/simulators/testing.ts";
import type { Person } from "../lab/world/types.ts";

// Two customers, each open in both panels at once, compared with what the simulated platforms have.
// test/contract/agreement.test.ts compares thirty of them without a browser.
let panels: SignedPanels;

beforeAll(async () => {
  if (!hasChromium) return;
  panels = await openSignedPanels();
}, scaled(120_000));
afterEach(() => panels?.closePages());
afterAll(() => panels?.close());

const world = () => panels.harness.lab.tenants["acme"]!.world;

/** What the platforms know of a person, in the words of the panels. */
async function expectedTexts({ index, company, first, last, distinctIds }: Person) {
  const { ids, salesforce, zendesk } = world();
  const account = salesforce.tables.Account.get(ids.salesforce.account(company!))!;
  const currency = String(account["CurrencyIsoCode"]);
  const money = new Intl.NumberFormat("en-US", { style: "currency", currency, maximumFractionDigits: 0 });
  const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });
  const renewal = account["Renewal_Date__c"];
  const statuses = zendesk.tickets.by("requester_id", ids.zendesk.user(index)).map(({ status }) => status);
  return {
    name: `${first} ${last}`,
    company: String(account["Name"]),
    facts: {
      ARR: account["ARR__c"] === null ? "Not set" : money.format(Number(account["ARR__c"])),
      Renewal: typeof renewal === "string" ? day.format(Date.parse(renewal)) : "Not set",
      "Type · owner": String(account["Type"]),
      "Open tickets": String(statuses.filter((status) => ["new", "open", "pending", "hold"].includes(status)).length),
    },
    owner: String(salesforce.tables.User.get(String(account["OwnerId"]))?.["Name"]),
    sessions: await sessionsOf(distinctIds[0]!),
  };
}

/** Sessions of 30 days, from the raw export. */
async function sessionsOf(distinctId: string): Promise<number> {
  const tenant = panels.harness.lab.tenants["acme"]!;
  const dayAgo = (days: number) => new Date(panels.harness.clock.now() - days * 86_400_000).toISOString().slice(0, 10);
  const query = new URLSearchParams({
    project_id: tenant.mixpanel.credentials.projectId,
    from_date: dayAgo(29),
    to_date: dayAgo(0),
  });
  const { body, status } = await mixpanelClient(tenant)("GET", `/api/2.0/export?${query.toString()}`);
  expect(status).toBe(200);
  const events = String(body)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { event: string; properties: { distinct_id: string } });
  return events.filter(({ event, properties }) => event === "$session_start" && properties.distinct_id === distinctId).length;
}

const plain = (text: string | null): string =>
  (text ?? "")
    .replace(/[\u200e\u200f\u2066-\u2069]/g, "")
    .replace(/\s+/g, " ")
    .trim();
const textsOf = async (locator: Locator): Promise<string[]> => (await locator.allTextContents()).map(plain);

/** The facts with label, value and detail, as each panel shows them. */
async function factsOf(
  cells: Locator,
  parts: { label: string; text: string; detail: string },
): Promise<Record<string, readonly string[]>> {
  const facts = await Promise.all(
    (await cells.all()).map(async (cell) => {
      const [label, text, detail] = await Promise.all(
        [parts.label, parts.text, parts.detail].map((part) => textsOf(cell.locator(part))),
      );
      return [label?.[0] ?? "", [text?.[0] ?? "", detail?.[0] ?? ""]] as const;
    }),
  );
  return Object.fromEntries(facts);
}

const zendeskFacts = ({ app }: ZendeskPage) =>
  factsOf(app.locator(".fact"), { label: ".fact-label", text: ".fact-text > bdi", detail: ".fact-detail" });
const salesforceFacts = ({ panel }: SalesforcePage) =>
  factsOf(panel.locator("[data-fact]"), { label: "dt", text: ".value", detail: ".detail" });

/** Titles of opportunities, tickets and events. */
const titlesOf = async (items: Locator): Promise<string[]> =>
  (await textsOf(items)).map((text) => text.replace(" (opens in a new tab)", "").replace("(opens in a new tab)", ""));

async function openBoth({ subject }: KnownPerson): Promise<{ zendesk: ZendeskPage; salesforce: SalesforcePage }> {
  const zendesk = await panels.openZendesk(subject.ticket, { location: "user_sidebar" });
  const salesforce = await panels.openSalesforce("Contact", subject.contact);
  await zendesk.app.locator('[data-state="ready"]').waitFor();
  await salesforce.panel.locator("[aria-busy=false] h2").waitFor();
  await expandAll(zendesk);
  await expandSections(salesforce.page);
  return { zendesk, salesforce };
}

describe.skipIf(!hasChromium)("20: the same customer in both panels", () => {
  it.each([
    ["with open tickets", (unsolved: number) => unsolved > 0],
    ["without one", (unsolved: number) => unsolved === 0],
  ])("%s has the numbers, ages and words of the platforms", async (_, matches) => {
    const { tickets } = world().zendesk;
    const candidate = knownPeople(panels.harness).find(({ subject }) => {
      const own = tickets.by("requester_id", Number(subject.requesterId));
      return matches(own.filter(({ status }) => status !== "solved" && status !== "closed").length);
    })!;
    const expected = await expectedTexts(candidate.person);
    const { zendesk, salesforce } = await openBoth(candidate);
    for (const root of [zendesk.app.locator("main"), salesforce.panel]) {
      await root.getByRole("heading", { level: 2, name: expected.name }).waitFor();
      const text = plain(await root.textContent());
      for (const part of [expected.company, expected.owner]) expect(text).toContain(part);
      expect(text).toMatch(
        new RegExp(`(?<!\\d)${expected.sessions} sessions|Sessions 30 d:? ?(Sessions 30 d: )?${expected.sessions} `),
      );
    }
    const shown = await zendeskFacts(zendesk);
    for (const [label, value] of Object.entries(expected.facts)) expect(shown[label]?.[0], label).toBe(value);
    expect(Object.keys(shown)).toHaveLength(6);
    // Ages go on by themselves, in each page on its own.
    await expect.poll(async () => [await zendeskFacts(zendesk)]).toEqual([await salesforceFacts(salesforce)]);
    for (const name of ["health", "support", "product", "account"]) {
      const inZendesk = zendesk.app.locator(`[data-section="${name}"]`);
      const inSalesforce = salesforce.panel.locator(`c-sidelight-section[data-section=${name}]`);
      const status = async (text: Promise<string | null>) =>
        /(Updated|Stale|Unavailable|Partial)[^A-Z]*/.exec(plain(await text))?.[0].trim();
      await expect
        .poll(async () => await status(inZendesk.locator(".section-status").textContent()), { message: name })
        .toBe(await status(inSalesforce.locator(".toggle").textContent()));
    }
    expect([...zendesk.complaints, ...salesforce.complaints]).toEqual([]);
    expect(await titlesOf(zendesk.app.locator('[data-section="account"] .item-title'))).toEqual(
      await titlesOf(salesforce.panel.locator("c-sidelight-section[data-section=account] li c-sidelight-link.name bdi")),
    );
  });
});
