import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../../harness/harness.ts";
import { openPanels, type Panels, type Subject } from "../../harness/panels.ts";

// Scenario 20 on all five objects, against the API and the simulated platforms. Its other part is in salesforceActing.test.ts.
let harness: Harness;
let panels: Panels;
/** Records of one customer: a person with an account, an opportunity and a case. */
let records: Record<"Account" | "Contact" | "Opportunity" | "Case", string>;
let lead: { id: string; ticket: string };

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness();
  const customer = await findCustomer();
  records = customer.records;
  lead = await findLead();
  panels = await openPanels(harness, customer.subject);
}, scaled(90_000));
afterAll(async () => {
  await panels?.close();
  await harness?.close();
});
afterEach(() => panels?.closePages());

const world = () => harness.lab.tenants["acme"]!.world;
const textOf = (row: Record<string, unknown>, name: string): string => String(row[name] ?? "");

async function findCustomer(): Promise<{ records: typeof records; subject: Subject }> {
  const { Case, Opportunity } = world().salesforce.tables;
  for (const record of Case.values()) {
    const [contact, account] = [textOf(record, "ContactId"), textOf(record, "AccountId")];
    const [opportunity] = [...Opportunity.values()].filter((row) => row["AccountId"] === account);
    if (!contact || !opportunity) continue;
    const subject = await ticketOf(`salesforce.contact:${contact}`);
    if (!subject?.hasOrganization) continue;
    const found = { Account: account, Contact: contact, Opportunity: textOf(opportunity, "Id"), Case: textOf(record, "Id") };
    return { records: found, subject: { ...subject, contact } };
  }
  throw new Error("No customer of this world has a case, an opportunity and a ticket.");
}

async function findLead(): Promise<typeof lead> {
  for (const row of world().salesforce.tables.Lead.values()) {
    const id = textOf(row, "Id");
    const subject = await ticketOf(`salesforce.lead:${id}`);
    if (subject) return { id, ticket: subject.ticket };
  }
  throw new Error("No lead of this world has a ticket.");
}

/** A ticket of the same customer, or null. */
async function ticketOf(ref: string): Promise<{ ticket: string; requesterId: string; hasOrganization: boolean } | null> {
  const { body } = await harness.context(ref);
  if (body.match.state !== "resolved") return null;
  for (const { id } of body.sections.support?.data?.tickets ?? []) {
    const ticket = world().zendesk.tickets.get(Number(id));
    const customerId = (await harness.context(`zendesk.ticket:${id}`)).body.customer?.id;
    if (!ticket || customerId !== body.customer?.id) continue;
    return { ticket: id, requesterId: String(ticket.requester_id), hasOrganization: ticket.organization_id !== null };
  }
  return null;
}

/** What a person reads: the name, each fact with its label, and the line and the age of each section. */
interface Words {
  name: string;
  facts: Record<string, string>;
  sections: Record<string, string>;
}

/** The sections of which both pages show the same. */
const sectionNames = ["support", "product"];

/** The texts of an element's parts, in one line. */
async function lineOf(element: Locator, selectors: readonly string[]): Promise<string> {
  const texts = await Promise.all(selectors.map((selector) => element.locator(selector).first().textContent()));
  return texts.map((text) => text?.trim() ?? "").join(" | ");
}

async function linesOf(elements: Locator, label: string, selectors: readonly string[]): Promise<Record<string, string>> {
  const entries = (await elements.all()).map(async (element) => [
    await lineOf(element, [label]),
    await lineOf(element, selectors),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function wordsOfSalesforce(panel: Locator): Promise<Words> {
  const lines = sectionNames.map(async (name) => {
    const section = panel.locator(`c-sidelight-section[data-section=${name}]`);
    // Without a value there is no line.
    const hasHeadline = (await section.locator(".headline").count()) > 0;
    const status = await lineOf(section, [".status"]);
    return [name, `${hasHeadline ? await lineOf(section, [".headline"]) : ""} | ${status}`];
  });
  return {
    name: await lineOf(panel, ["h2"]),
    facts: await linesOf(panel.locator("[data-fact]"), "dt", ["dd.value", "dd.detail"]),
    sections: Object.fromEntries(await Promise.all(lines)),
  };
}

async function wordsOfZendesk(app: FrameLocator): Promise<Words> {
  const lines = sectionNames.map(async (name) => {
    const line = await lineOf(app.locator(`[data-section="${name}"]`), [".section-headline", ".section-status .clip"]);
    // Zendesk names the source before the age.
    return [name, line.replace(/\| (?:Salesforce|Zendesk|Mixpanel) · /, "| ")];
  });
  return {
    name: await lineOf(app.locator("body"), ["h2"]),
    facts: await linesOf(app.locator(".fact"), ".fact-label", [".fact-text bdi", ".fact-detail"]),
    sections: Object.fromEntries(await Promise.all(lines)),
  };
}

const pick = (lines: Record<string, string>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, lines[name]]));

/** Compares what both pages show alike; ages may change between two reads, so both are read again. */
async function expectSameWords(panel: Locator, app: FrameLocator): Promise<void> {
  await expect
    .poll(async () => {
      const [rep, agent] = await Promise.all([wordsOfSalesforce(panel), wordsOfZendesk(app)]);
      const labels = Object.keys(rep.facts).filter((label) => label in agent.facts);
      if (labels.length < 4) return { rep, agent };
      const repWords = { ...rep, facts: pick(rep.facts, labels) };
      const agentWords = { ...agent, facts: pick(agent.facts, labels) };
      return JSON.stringify(repWords) === JSON.stringify(agentWords) ? "the same" : { repWords, agentWords };
    })
    .toBe("the same");
}

const isSettled = (panel: Locator) => panel.locator("[aria-busy=false] h2").first().waitFor();
const openIn = (page: Page, id: string) =>
  page.evaluate(`window.dispatchEvent(new CustomEvent("lab:open", { detail: ${JSON.stringify(id)} }))`);

describe.skipIf(!hasChromium)("the Salesforce panel on each object", { timeout: scaled(60_000) }, () => {
  it.each([
    ["Contact", "user_sidebar"],
    ["Case", "user_sidebar"],
    ["Account", "organization_sidebar"],
    ["Opportunity", "organization_sidebar"],
  ] as const)("20: %s shows the same numbers and ages as Zendesk in its %s", async (object, location) => {
    const { panel, complaints } = await panels.openRecord(object, records[object]);
    const { app } = await panels.openZendesk(location);
    await expectSameWords(panel, app);
    expect(complaints).toEqual([]);
  });

  it("20: Lead shows the same numbers and ages as Zendesk in its user_sidebar", async () => {
    const { panel, complaints } = await panels.openRecord("Lead", lead.id);
    const { app } = await panels.openZendesk("user_sidebar", lead.ticket);
    await expectSameWords(panel, app);
    expect(complaints).toEqual([]);
  });

  it("20: follows the page from object to object, reads again with its Refresh, and prefills a task for each", async () => {
    const { page, panel, contextRequests, complaints } = await panels.openRecord("Account", records.Account);
    await page.evaluate(`addEventListener("lab:navigate", ({ detail }) => { globalThis.opened = detail; })`);
    const pages = [
      ["Contact", records.Contact, "WhoId"],
      ["Case", records.Case, "WhatId"],
      ["Lead", lead.id, "WhoId"],
      ["Opportunity", records.Opportunity, "WhatId"],
      ["Account", records.Account, "WhatId"],
    ] as const;
    for (const [object, id, field] of pages) {
      await openIn(page, id);
      await page.waitForURL(new RegExp(`objectApiName=${object}`));
      const { name } = (await harness.context(customerRefOf(object, id))).body.customer!;
      await panel.getByRole("heading", { level: 2, name: name!, exact: true }).waitFor();
      await isSettled(panel);
      await panel.getByRole("button", { name: "New task" }).click();
      const { state } = (await page.evaluate("globalThis.opened")) as { state: { defaultFieldValues: string } };
      expect(state.defaultFieldValues).toContain(`${field}=${id}`);
    }
    const refreshes = () => contextRequests.filter((line) => line.includes("/apex/refresh "));
    await page.locator("[data-refresh]").click();
    await until("the refresh", async () => refreshes().length === 1);
    expect(refreshes()[0]).toContain(records.Account);
    expect(complaints).toEqual([]);
  });
});

/** The customer of an opportunity is its account, and of a case its contact. */
function customerRefOf(object: string, id: string): string {
  if (object === "Opportunity") return `salesforce.account:${records.Account}`;
  return object === "Case" ? `salesforce.contact:${records.Contact}` : `salesforce.${object.toLowerCase()}:${id}`;
}
