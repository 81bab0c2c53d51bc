import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { nameEvidence } from "@sidelight/model/identifiers/identifiers.ts";
import { hasChromium } from "@sidelight/test-support/browser.ts";
import type { FrameLocator } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { findSubject, openPanels, type Panels, type Subject } from "../harness/panels.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let harness: Harness;
let panels: Panels;
let subject: Subject;

beforeAll(async () => {
  if (!hasChromium) return;
  harness = await openHarness();
  subject = await findSubject(harness, ({ sections }) => (sections.product?.data?.sessions30d ?? 0) > 1);
  panels = await openPanels(harness, subject);
});
afterAll(async () => {
  await panels?.close();
  await harness?.close();
});
afterEach(() => panels.closePages());

const part = (app: FrameLocator) => app.getByRole("region", { name: "Wrong customer?" });
const arr = (app: FrameLocator) => app.locator(".fact", { hasText: "ARR" });
/** The usage of the person: undefined when the product does not know them. */
const sessions = async (app: FrameLocator) =>
  /\d+ sessions/.exec((await app.locator('[data-section="product"]').textContent()) ?? "")?.[0];

describe.skipIf(!hasChromium)("an agent who sees the wrong customer", () => {
  it("says so once: every colleague sees the requester apart, until one undoes it", async () => {
    const { app, complaints } = await panels.openTicket();
    const usage = (await sessions(app)) ?? "";
    expect(usage).toMatch(/\d sessions/);
    await app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(app).getByRole("button", { name: "Not this person" }).click();
    await app.getByText("Separated from that customer, for everybody.").waitFor();
    await expect.poll(() => sessions(app)).toBeUndefined();

    // In a browser of its own, as after a reload.
    const colleague = await panels.openTicket();
    expect(await sessions(colleague.app)).toBeUndefined();
    await colleague.app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(colleague.app).getByRole("button", { name: "Undo" }).click();
    await colleague.app.getByText("Undone.").waitFor();
    await expect.poll(() => sessions(colleague.app)).toBe(usage);
    await expect.poll(() => sessions(app)).toBe(usage);
    expect([...complaints, ...colleague.complaints]).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("an agent who knows the right customer", () => {
  it("chooses a namesake, whom every colleague sees then, until one undoes it", async () => {
    const ticket = `zendesk.ticket:${subject.ticket}`;
    const wrong = (await harness.context(ticket)).body.customer!;
    const namesake = await storeNamesake(wrong.name!);
    const { app, complaints } = await panels.openTicket();
    await app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(app)
      .getByRole("button", { name: `Always use ${wrong.name}` })
      .first()
      .click();
    await app.getByText("Used for everybody from now on.").waitFor();
    expect((await harness.context(ticket)).body.customer?.id).toBe((await harness.context(namesake)).body.customer?.id);

    const colleague = await panels.openTicket();
    expect(await sessions(colleague.app)).toBeUndefined();
    await colleague.app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(colleague.app).getByRole("button", { name: "Undo" }).first().click();
    await colleague.app.getByText("Undone.").waitFor();
    await expect.poll(() => sessions(colleague.app)).toMatch(/\d sessions/);
    expect((await harness.context(ticket)).body.customer?.id).toBe(wrong.id);
    expect([...complaints, ...colleague.complaints]).toEqual([]);
  });
});

/** A lead with the same name and nothing else in common. @returns its ref */
async function storeNamesake(name: string): Promise<string> {
  const ref = "salesforce.lead:00Q5g00000ZZZZZEA5";
  const source = { platform: "salesforce", connection: "salesforce", object: "lead", subject: ref };
  const identifiers = [
    { kind: "email" as const, value: "namesake@elsewhere.example" },
    { kind: "name" as const, value: nameEvidence({ name, ref }) },
  ];
  const data = {
    kind: "person" as const,
    name,
    emails: ["namesake@elsewhere.example"],
    phones: [],
    title: null,
    optedOut: false,
  };
  const now = harness.clock.now();
  const record = { ...source, ref, changedAt: now, observedAt: now, identifiers, edges: [], data };
  const { log } = harness.runtime.tenants.get("acme")!.tenant;
  await log.commit({ records: [record], correlationId: "test" });
  return ref;
}

describe.skipIf(!hasChromium)("an agent who sees several customers", () => {
  it("chooses one, which is remembered for everybody until it is undone", async () => {
    const [ref = ""] = harness.lab.tenants["acme"]?.examples.ambiguous ?? [];
    const email = ref.slice("email:".length);
    const { app, complaints } = await panels.openNewTicket(email);
    await app.getByText("2 possible matches").first().waitFor();
    await app
      .getByRole("button", { name: /^Choose / })
      .first()
      .click();
    await app.locator(".chip").getByText("Chosen by you").waitFor();
    const amount = await arr(app).textContent();
    await app.getByRole("button", { name: "Always use for this requester" }).click();
    await app.getByText("Used for everybody from now on.").waitFor();
    await expect.poll(() => app.locator(".chip").getByText("Chosen by you").count()).toBe(0);
    expect(await arr(app).textContent()).toBe(amount);

    const colleague = await panels.openNewTicket(email);
    await expect.poll(() => arr(colleague.app).textContent()).toBe(amount);
    await colleague.app.getByRole("button", { name: "Wrong customer?" }).click();
    await part(colleague.app).getByRole("button", { name: "Undo" }).first().click();
    await colleague.app.getByText("2 possible matches").first().waitFor();
    expect([...complaints, ...colleague.complaints]).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("a rep who sees the wrong customer", () => {
  it("corrects and undoes it in Salesforce, through Apex", async () => {
    const { page, panel, complaints } = await panels.openContact();
    const box = panel.getByRole("region", { name: "Wrong customer?" });
    await panel.getByRole("button", { name: "Wrong customer?" }).click();
    await box.getByRole("button", { name: "Not this person" }).waitFor();
    await page.evaluate(axe);
    const violations = await panel.evaluate(async (element) => {
      const { axe: checker } = globalThis as unknown as { axe: { run(e: unknown): Promise<{ violations: { id: string }[] }> } };
      return (await checker.run(element)).violations.map(({ id }) => id);
    });
    expect(violations).toEqual([]);
    await box.getByRole("button", { name: "Not this person" }).click();
    await panel.getByText("Separated from that customer, for everybody.").waitFor();
    await panel.getByRole("button", { name: "Undo" }).click();
    await panel.getByText("Undone.").waitFor();
    expect(complaints).toEqual([]);
  });
});
