import { hasChromium } from "@sidelight/test-support/browser.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Subject } from "../harness/panels.ts";
import { knownPeople, openSignedPanels, type SignedPanels } from "../harness/signedPanels.ts";
import { zendeskAgent } from "../lab/launch/people.ts";

// What people write in the forms of both panels, signed in as the platforms do it, up to the platforms' own records.
let panels: SignedPanels;
let subject: Subject;

beforeAll(async () => {
  if (!hasChromium) return;
  panels = await openSignedPanels({ routes: true });
  const { tickets } = world().zendesk;
  const isUnsolved = ({ ticket }: Subject) =>
    ["new", "open", "pending", "hold"].includes(tickets.get(Number(ticket))?.status ?? "");
  const candidate = knownPeople(panels.harness).find(({ subject: records }) => isUnsolved(records));
  if (!candidate) throw new Error("No person of this world has an unsolved ticket.");
  ({ subject } = candidate);
}, scaled(120_000));
afterEach(() => panels?.closePages());
afterAll(() => panels?.close());

const world = () => panels.harness.lab.tenants["acme"]!.world;
const notesOf = async (ref: string) => (await panels.harness.context(ref)).body.sections.notes!.data!.items;
const auditOf = async (type: string) => (await panels.harness.request(`/v1/audit?type=${type}`)).body.items;

describe.skipIf(!hasChromium)("an agent who is signed in", () => {
  it("writes a note and a follow-up: both are stored, on record with the person, and the ticket has an internal note", async () => {
    const ref = `zendesk.ticket:${subject.ticket}`;
    const agent = `zendesk.user:${zendeskAgent(world(), "agent").id}`;
    const { app, complaints } = await panels.openZendesk(subject.ticket);
    await app.locator('[data-state="ready"]').waitFor();
    const notes = app.locator('[data-section="notes"]');
    await notes.getByRole("button", { name: /^Notes/ }).click();
    await notes.getByLabel("New note").fill("Prefers a call in the morning");
    await notes.getByRole("button", { name: "Add note" }).click();
    await app.getByText("Note added").first().waitFor();
    await notes.getByRole("listitem").getByText("Prefers a call in the morning").waitFor();
    expect((await notesOf(ref)).map(({ body }) => body)).toContain("Prefers a call in the morning");
    const [note] = await auditOf("actions.note");
    expect(note).toMatchObject({ actor: { person: agent }, customer: expect.stringMatching(/^(person|company):/) });

    await app.getByRole("button", { name: "Follow-up", exact: true }).click();
    const form = app.getByRole("region", { name: "Follow-up" });
    await form.getByLabel("What to do").fill("Call about the export");
    await form.getByRole("button", { name: "Create follow-up" }).click();
    await app.getByText("Follow-up created in Zendesk").waitFor();
    const [followUp] = await auditOf("actions.follow-up");
    expect(followUp).toMatchObject({ actor: { person: agent } });
    const comments = world()
      .zendesk.comments.by("ticket_id", Number(subject.ticket))
      .filter(({ body }) => body.includes("Call about the export"));
    expect(comments).toMatchObject([{ public: false }]);
    expect(complaints).toEqual([]);
  });
});

describe.skipIf(!hasChromium)("a rep who is signed in", () => {
  it("writes a note and a follow-up: both are stored, on record with the person, and the contact has a task", async () => {
    const ref = `salesforce.contact:${subject.contact}`;
    const rep = `salesforce.user:${world().ids.salesforce.user(0)}`;
    const { panel, complaints } = await panels.openSalesforce("Contact", subject.contact);
    const actions = panel.locator("c-sidelight-actions");
    await actions.getByRole("button", { name: "Notes" }).click();
    await actions.getByLabel("New note").fill("Renewal is with procurement");
    await actions.getByRole("button", { name: "Add note" }).click();
    await actions.getByText("Note added").waitFor();
    expect((await notesOf(ref)).map(({ body }) => body)).toContain("Renewal is with procurement");
    const [note] = await auditOf("actions.note");
    expect(note).toMatchObject({ actor: { person: rep } });

    await actions.getByRole("button", { name: "Follow-up" }).click();
    await actions.getByLabel("What to do").fill("Prepare the renewal");
    await actions.getByRole("button", { name: "Create follow-up" }).click();
    await actions.getByText("Follow-up created in Salesforce").waitFor();
    const [followUp] = await auditOf("actions.follow-up");
    expect(followUp).toMatchObject({ actor: { person: rep } });
    const tasks = [...world().salesforce.tables.Task.values()].filter(({ Subject }) => Subject === "Prepare the renewal");
    expect(tasks).toMatchObject([{ WhoId: subject.contact, IsClosed: false }]);
    expect(complaints).toEqual([]);
  });
});
