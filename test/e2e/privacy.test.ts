import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { until } from "@sidelight/test-support/until.ts";
import type { Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import type { ConfigTree, Harness } from "../harness/harness.ts";
import { findSubject, type Subject } from "../harness/panels.ts";
import { documentText, heapStrings, personalValues, valuesIn } from "../harness/personalValues.ts";
import { expandSections } from "../harness/salesforcePanel.ts";
import {
  knownPeople,
  openSignedPanels,
  type SalesforcePage,
  type SignedPanels,
  type ZendeskPage,
} from "../harness/signedPanels.ts";
import { expandAll } from "../harness/zendeskPanel.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { zendeskAgent } from "../lab/launch/people.ts";
import type { Person } from "../lab/world/types.ts";

// What a person without a right cannot read anywhere: in the page, in its memory, and in what the API sends. People are signed in
// as the platforms do it, and the API is the real one.
const canaries = ["eve.canary@elsewhere.example", "612 34 56 78"];

let panels: SignedPanels;
let harness: Harness;
let subject: Subject;
let person: Person;

const people = (): readonly Person[] => harness.lab.tenants["acme"]!.world.people;
const zendeskUser = (role: string) => `zendesk.user:${zendeskAgent(harness.lab.tenants["acme"]!.world, role).id}`;

beforeAll(async () => {
  if (!hasChromium) return;
  panels = await openSignedPanels({
    webhooks: true,
    configure: ({ tenants: { acme } }) => {
      acme.accessContact = "it@acme.example";
      acme.permissionSets = { Sidelight_Manager: { role: "rep", reveal: true }, Sidelight_User: "rep" };
    },
  });
  ({ harness } = panels);
  subject = await findSubject(harness, ({ sections }) => (sections.account?.data?.arr?.amount ?? 0) > 0);
  person = personOf(subject);
  const ticket = { id: 8_700_001, requesterId: subject.requesterId, updatedAt: harness.clock.now() };
  const text = `Ring ${canaries[1]} or write to ${canaries[0]}`;
  await sendZendesk(harness, ticketEvent("created", { ...ticket, subject: text, priority: "HIGH" }));
  await harness.request("/v1/actions/note", {
    method: "POST",
    body: { ref: `zendesk.ticket:${subject.ticket}`, body: `The office asked for ${canaries[0]}` },
    headers: { "idempotency-key": "0".repeat(32) },
  });
}, scaled(120_000));
afterEach(async () => {
  await panels?.closePages();
  panels?.hiddenFields.clear();
  panels?.setPermissionSets(["Sidelight_User"]);
});
afterAll(() => panels?.close());

function personOf({ requesterId }: Subject): Person {
  const { ids } = harness.lab.tenants["acme"]!.world;
  const match = people().find(({ index }) => String(ids.zendesk.user(index)) === requesterId);
  if (!match) throw new Error(`No person of the world is the requester ${requesterId}.`);
  return match;
}

/** What is not for a role without `pii`: of the customer everything, of all others their addresses. */
const hiddenValues = (): string[] => [
  ...new Set([...people().flatMap(({ email, moreEmails }) => [email, ...moreEmails]), ...canaries, ...personalValues(person)]),
];

/** An operator changes who may read what. */
async function setAccess(change: (acme: ConfigTree) => void): Promise<void> {
  const file = join(harness.directory, "sidelight.yaml");
  const config = parse(await readFile(file, "utf8"));
  change(config.tenants.acme);
  await writeFile(file, stringify(config));
  await harness.runtime.reload();
}

async function openEverything({ app }: ZendeskPage): Promise<void> {
  await app.locator('[data-state="ready"]').waitFor();
  await expandAll({ app });
  await openTimeline(app.locator('[data-section="timeline"]'));
  await app.getByRole("button", { name: "Wrong customer?" }).click();
  await app.getByRole("region", { name: "Wrong customer?" }).getByRole("button").first().waitFor();
  await app.getByText("The office asked for").waitFor();
}

async function openEverythingInSalesforce({ page, panel }: SalesforcePage): Promise<void> {
  await panel.locator("[aria-busy=false] h2").waitFor();
  await expandSections(page);
  await openTimeline(panel.locator("c-sidelight-section[data-section=timeline]"));
  await panel.getByRole("button", { name: "Wrong customer?" }).click();
  await panel.getByRole("region", { name: "Wrong customer?" }).getByRole("button").first().waitFor();
  await panel.locator("c-sidelight-actions").getByRole("button", { name: "Notes" }).click();
  await panel.getByText("The office asked for").first().waitFor();
}

/** All events that the panel has, and the next page if there is one. */
async function openTimeline(timeline: Locator): Promise<void> {
  await timeline.getByRole("listitem").first().waitFor();
  for (const name of [/^Show \d+ more$/, "Show older events"]) {
    const button = timeline.getByRole("button", { name });
    if ((await button.count()) > 0) await button.first().click();
  }
}

describe.skipIf(!hasChromium)("without the right pii", () => {
  it("an agent finds no personal value in the Zendesk app: not on screen, in memory or on the network", async () => {
    const asAdmin = await harness.context(`zendesk.ticket:${subject.ticket}`);
    expect(valuesIn(asAdmin.text, hiddenValues())).toEqual(expect.arrayContaining([canaries[0], person.email.toLowerCase()]));
    panels.forgetAnswers();
    const opened = await panels.openZendesk(subject.ticket);
    await openEverything(opened);
    await opened.app.getByText("•••@").first().waitFor();
    const strings = (await heapStrings(opened.page, opened.frame())).join("\n");
    // The scans see what they look for: the customer's name is there.
    for (const text of [strings, await documentText(opened.frame()), panels.answers()]) {
      expect(text).toContain(`${person.first} ${person.last}`);
      expect(valuesIn(text, hiddenValues())).toEqual([]);
    }
    expect(valuesIn(opened.requests.filter((line) => line.includes("/v1/")).join("\n"), hiddenValues())).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });

  it("an agent finds none in the candidates of an ambiguous match", async () => {
    const [ref = ""] = harness.lab.tenants["acme"]!.examples.ambiguous;
    const email = ref.slice("email:".length);
    panels.forgetAnswers();
    const { page, app, frame } = await panels.openZendesk(subject.ticket, { location: "new_ticket_sidebar" });
    await app.locator('[data-state="waiting"]').waitFor();
    await page.locator("#requester").fill(email);
    await page.locator("#requester").press("Tab");
    await app
      .getByRole("button", { name: /^Choose / })
      .first()
      .waitFor();
    // The agent has entered this one.
    const others = hiddenValues().filter((value) => value !== email);
    for (const text of [await documentText(frame()), panels.answers()]) expect(valuesIn(text, others)).toEqual([]);
    expect(await documentText(frame())).not.toContain(email);
  });

  it("a rep finds none in the Salesforce panel, whose page hides them too", async () => {
    panels.forgetAnswers();
    for (const name of ["Email", "Phone"]) panels.hiddenFields.add(name);
    const opened = await panels.openSalesforce("Contact", subject.contact);
    await openEverythingInSalesforce(opened);
    await opened.panel.getByText("•••@").first().waitFor();
    const strings = (await heapStrings(opened.page)).join("\n");
    for (const text of [strings, await documentText(opened.page), panels.answers()]) {
      expect(text).toContain(`${person.first} ${person.last}`);
      expect(valuesIn(text, hiddenValues())).toEqual([]);
    }
    expect(valuesIn(opened.requests.join("\n"), hiddenValues())).toEqual([]);
    expect(opened.complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("9: forbidden", () => {
  const agentAccess = (access: unknown) =>
    setAccess((acme) => {
      if (access === undefined) delete acme.people[zendeskUser("agent")];
      else acme.people[zendeskUser("agent")] = access;
    });
  afterEach(() => agentAccess(undefined));
  const customerName = () => `${person.first} ${person.last}`;

  it("an agent without access reads who grants it, and gets nothing of the customer", async () => {
    await agentAccess("none");
    panels.forgetAnswers();
    const { page } = await panels.openZendesk(subject.ticket);
    await page.frameLocator(".frames iframe").getByText("Ask it@acme.example for it.").waitFor();
    const frame = page.frames().find((candidate) => candidate !== page.mainFrame())!;
    for (const text of [await documentText(frame), panels.answers()]) expect(text).not.toContain(customerName());
  });

  it("an agent who loses access reads so at the next call, and the page holds nothing of the customer", async () => {
    const { app, frame } = await panels.openZendesk(subject.ticket);
    await app.locator('[data-state="ready"]').waitFor();
    await agentAccess("none");
    panels.forgetAnswers();
    await app.getByRole("button", { name: /^Refresh/ }).click();
    await app.locator('main:not([data-state="ready"])').waitFor();
    for (const text of [await documentText(frame()), panels.answers()]) expect(text).not.toContain(customerName());
  });

  it("an agent without the account section gets no value of it", async () => {
    const { arr } = (await harness.context(`zendesk.ticket:${subject.ticket}`)).body.sections.account!.data!;
    await agentAccess({ role: "agent", sections: ["support", "product", "health", "timeline", "notes"] });
    panels.forgetAnswers();
    const { page, app, frame } = await panels.openZendesk(subject.ticket);
    await app.locator('[data-section="account"][data-state="forbidden"]').waitFor();
    await expandAll({ app });
    await app.getByText("it@acme.example can grant access.").first().waitFor();
    const amount = String(arr!.amount);
    const strings = (await heapStrings(page, frame())).join("\n");
    for (const text of [strings, await documentText(frame()), panels.answers()]) {
      expect(text).not.toContain(`"amount":${amount}`);
      expect(text).not.toContain(arr!.amount.toLocaleString("en-US"));
    }
  });

  it("a rep without a permission set reads who grants access, and Apex gets nothing of the customer", async () => {
    panels.setPermissionSets([]);
    panels.forgetAnswers();
    const { panel } = await panels.openSalesforce("Contact", subject.contact);
    await panel.getByRole("heading", { name: "You don't have access to this customer's data" }).waitFor();
    await panel.getByText("can grant access.").waitFor();
    expect(await panel.innerHTML()).not.toContain(customerName());
    expect(panels.answers()).not.toBe("");
    expect(panels.answers()).not.toContain(customerName());
  });
});

describe.skipIf(!hasChromium)("10: a revealed value", () => {
  const reveals = async () => (await harness.request("/v1/audit?type=actions.reveal")).body.items;

  it("is shown in the Zendesk app for a minute, and the audit names the person and the reason", async () => {
    const { page, app, frame, complaints } = await panels.openZendesk(subject.ticket, { role: "admin" });
    await app.locator(".email").getByRole("button", { name: "Reveal" }).click();
    const form = app.getByRole("region", { name: "Reveal hidden values" });
    await form.getByLabel("Reason").fill("Call back about the renewal");
    await form.getByRole("button", { name: "Reveal" }).click();
    await app.locator(".email").getByText(person.email).waitFor();
    // While it is shown, both scans find it.
    for (const text of [await documentText(frame()), (await heapStrings(page, frame())).join("\n")])
      expect(text).toContain(person.email);
    const [entry] = await reveals();
    expect(entry).toMatchObject({ reason: "Call back about the renewal", actor: { person: zendeskUser("admin") } });
    await page.clock.runFor(61_000);
    await app.locator(".email").getByText("•••@").waitFor();
    expect(valuesIn(await documentText(frame()), personalValues(person))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("is shown in the Salesforce panel for a minute, and the audit names the person and the reason", async () => {
    panels.setPermissionSets(["Sidelight_Manager"]);
    const { page, panel, complaints } = await panels.openSalesforce("Contact", subject.contact);
    const header = panel.locator("c-sidelight-header");
    await header.getByText("•••@").waitFor();
    const actions = panel.locator("c-sidelight-actions");
    await actions.getByRole("button", { name: "Reveal" }).click();
    const form = actions.getByRole("region", { name: "Reveal hidden values" });
    await form.getByLabel("Reason").fill("Send the contract");
    await form.getByRole("button", { name: "Reveal" }).click();
    await header.getByText(person.email).waitFor();
    const [entry] = await reveals();
    const user = harness.lab.tenants["acme"]!.world.ids.salesforce.user(0);
    expect(entry).toMatchObject({ reason: "Send the contract", actor: { person: `salesforce.user:${user}` } });
    await page.clock.runFor(61_000);
    await header.getByText("•••@").waitFor();
    expect(valuesIn(await panel.innerHTML(), personalValues(person))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("11: consent withheld", () => {
  /** Someone else, who can opt out of everything. */
  async function subjectWithUsage(): Promise<Subject> {
    const { tables } = harness.lab.tenants["acme"]!.world.salesforce;
    for (const { person: candidate, subject: records } of knownPeople(harness)) {
      if (candidate.tags.includes("demo") || tables.Contact.get(records.contact)?.["HasOptedOutOfEmail"] !== false) continue;
      const { match, sections } = (await harness.context(`zendesk.ticket:${records.ticket}`)).body;
      if (match.state === "resolved" && (sections.product?.data?.sessions30d ?? 0) > 1) return records;
    }
    throw new Error("No person of this world has usage and can opt out.");
  }

  it("takes the earlier usage out of both open panels, and out of those that are opened later", async () => {
    const user = await subjectWithUsage();
    const { sessions30d } = (await harness.context(`zendesk.ticket:${user.ticket}`)).body.sections.product!.data!;
    const usage = new RegExp(`\\b${sessions30d} sessions|"sessions30d":${sessions30d}\\b`);
    const zendesk = await panels.openZendesk(user.ticket);
    const salesforce = await panels.openSalesforce("Contact", user.contact);
    await zendesk.app.locator('[data-section="product"][data-state="ok"]').waitFor();
    await expandAll(zendesk);
    await salesforce.panel.locator("[aria-busy=false] h2").waitFor();
    await expandSections(salesforce.page);
    for (const text of [await documentText(zendesk.frame()), await salesforce.panel.innerHTML()]) expect(text).toMatch(usage);

    harness.lab.runScenario({ kind: "opted_out", tenant: "acme", customer: `zendesk.ticket:${user.ticket}` });
    await until("the opt-out in the store", async () => {
      const { product } = (await harness.context(`zendesk.ticket:${user.ticket}`)).body.sections;
      return product?.state === "consent_withheld";
    });
    panels.forgetAnswers();
    await salesforce.page.evaluate("window.dispatchEvent(new Event('focus'))");
    const withheld = "Usage not shown – opted out";
    const later = {
      zendesk: await panels.openZendesk(user.ticket),
      salesforce: await panels.openSalesforce("Contact", user.contact),
    };
    for (const { app, frame } of [zendesk, later.zendesk]) {
      await app.getByText(withheld).first().waitFor();
      // So little is known without usage that this person has no score.
      await app
        .locator('[data-section="health"]')
        .getByText(/opted out/)
        .first()
        .waitFor();
      await expandAll({ app });
      expect(await documentText(frame())).not.toMatch(usage);
    }
    for (const { page, panel } of [salesforce, later.salesforce]) {
      await panel.getByText(withheld).first().waitFor();
      await expandSections(page);
      expect(await panel.innerHTML()).not.toMatch(usage);
    }
    expect(panels.answers()).not.toMatch(usage);
    expect([zendesk, salesforce, later.zendesk, later.salesforce].flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});
