import { randomUUID } from "node:crypto";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RequestOptions, type RoleName } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    routes: true,
    configure: (config) => {
      config.tenants.acme.roles = { admin: { pii: false, reveal: true } };
    },
  });
});
afterAll(() => harness.close());

const act = (action: string, body: object, { role = "agent", key = randomUUID() }: { role?: RoleName; key?: string } = {}) =>
  harness.request(`/v1/actions/${action}`, { method: "POST", role, body, headers: { "idempotency-key": key } });

/** A ticket of the world, each time another one, with the account of its customer. */
const usedTickets = new Set<string>();
async function nextTicket({ isOpen = false } = {}): Promise<{ ref: string; account: string; company: string }> {
  for (const { id, status } of harness.lab.tenants["acme"]!.world.zendesk.tickets.values()) {
    const ref = `zendesk.ticket:${id}`;
    if ((status === "open") !== isOpen || usedTickets.has(ref)) continue;
    usedTickets.add(ref);
    const { body } = await harness.context(ref);
    const account = body.sections.account?.data?.id;
    if (body.match.state === "resolved" && account && body.customer?.company)
      return { ref, account: `salesforce.account:${account}`, company: body.customer.company.id };
  }
  throw new Error("the world has no other ticket");
}

/** A ticket whose requester is a contact of the CRM too. */
async function ticketOfContact(): Promise<{ ref: string; contact: string }> {
  const { ref } = await nextTicket();
  const { body } = await harness.request(`/v1/identity/${encodeURIComponent(ref)}`);
  const contact = body.members?.find((member: { ref: string }) => member.ref.startsWith("salesforce.contact:"))?.ref;
  return contact === undefined ? await ticketOfContact() : { ref, contact };
}

const notesOf = async (ref: string, options: RequestOptions = { role: "agent" }) =>
  (await harness.context(ref, options)).body.sections.notes!;
const auditOf = async (verb: string) => (await harness.request(`/v1/audit?type=${verb}`)).body.items;

describe("a note", () => {
  it("is shown in the panels of both platforms, newest first, and is recorded with its action", async () => {
    const { ref, account } = await nextTicket();
    expect(await notesOf(ref)).toMatchObject({ state: "empty", data: { items: [] } });
    const first = await act("note", { ref, body: "Prefers a call in the morning." });
    expect(first.status).toBe(200);
    await harness.clock.advance(1_000);
    await act("note", { ref: account, body: "Renewal is with procurement." }, { role: "rep" });
    const { state, data } = await notesOf(ref);
    expect(state).toBe("ok");
    expect(data!.items.map(({ body }) => body)).toContain("Renewal is with procurement.");
    const onAccount = (await notesOf(account, { role: "rep" })).data!.items.map(({ body }) => body);
    expect(onAccount.sort()).toEqual(["Prefers a call in the morning.", "Renewal is with procurement."]);
    const [entry] = await auditOf("actions.note");
    expect(entry).toMatchObject({ actor: { role: "rep", person: null }, customer: expect.stringMatching(/^company:/) });
    expect(harness.logged.join("\n")).not.toContain("Prefers a call");
  });

  it("is written once for an idempotency key, and refused for another text with the same key", async () => {
    const { ref } = await nextTicket();
    const key = randomUUID();
    const [first, second] = [
      await act("note", { ref, body: "Once." }, { key }),
      await act("note", { ref, body: "Once." }, { key }),
    ];
    expect(second.body).toEqual(first.body);
    expect((await notesOf(ref)).data!.items.filter(({ body }) => body === "Once.")).toHaveLength(1);
    expect((await act("note", { ref, body: "Another." }, { key })).body.code).toBe("conflict");
  });

  it("is one note when two requests with the same key arrive together", async () => {
    const { ref } = await nextTicket();
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3].map(() => act("note", { ref, body: "Together." }, { key })));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await notesOf(ref)).data!.items.filter(({ body }) => body === "Together.")).toHaveLength(1);
  });

  it("is deleted by its author and by an administrator only", async () => {
    const { ref } = await nextTicket();
    const { note } = (await act("note", { ref, body: "A mistake." })).body;
    expect((await act("delete-note", { ref, note }, { role: "rep" })).status).toBe(403);
    expect((await act("delete-note", { ref, note })).status).toBe(200);
    expect((await notesOf(ref)).data!.items.map(({ id }) => id)).not.toContain(note);
    expect((await act("delete-note", { ref, note })).status).toBe(404);
  });

  it("comes before newer notes while it is pinned", async () => {
    const { ref } = await nextTicket();
    const { note } = (await act("note", { ref, body: "Older." })).body;
    await act("note", { ref, body: "Newer." });
    await act("pin", { ref, note, pinned: true });
    expect((await notesOf(ref)).data!.items[0]).toMatchObject({ id: note, pinned: true });
    await act("pin", { ref, note, pinned: false });
    expect((await notesOf(ref)).data!.items.find(({ id }) => id === note)).toMatchObject({ pinned: false });
  });

  it("stays with the record that it is about when a person separates that record from its customer", async () => {
    const { ref, contact } = await ticketOfContact();
    await act("note", { ref, body: "About the requester." });
    const bodiesOf = async (subject: string) => (await notesOf(subject)).data!.items.map(({ body }) => body);
    expect(await bodiesOf(contact)).toContain("About the requester.");
    const { decisions } = (await harness.request("/v1/identity/unlink", { method: "POST", body: { ref } })).body;
    expect(await bodiesOf(contact)).not.toContain("About the requester.");
    expect(await bodiesOf(ref)).toContain("About the requester.");
    const ids = decisions.map(({ id }: { id: string }) => id);
    await harness.request("/v1/identity/undo", { method: "POST", body: { decisions: ids } });
    expect(await bodiesOf(contact)).toContain("About the requester.");
  });

  it("hides addresses from a role without the right pii", async () => {
    const { ref } = await nextTicket();
    await act("note", { ref, body: "Write to ada@acme.com instead." });
    const bodyFor = async (role: RoleName) => (await notesOf(ref, { role })).data!.items[0]!.body;
    expect([await bodyFor("agent"), await bodyFor("service")]).toEqual([
      "Write to •••@acme.com instead.",
      "Write to ada@acme.com instead.",
    ]);
  });
});

describe("an action", () => {
  it("needs an idempotency key", async () => {
    const { ref } = await nextTicket();
    const { status, body } = await harness.request("/v1/actions/note", {
      method: "POST",
      role: "agent",
      body: { ref, body: "x" },
    });
    expect([status, body.code, body.errors[0].pointer]).toEqual([400, "invalid_request", "/idempotency-key"]);
  });

  it("is refused for an ambiguous customer and for an unknown one, and leaves nothing", async () => {
    const { ambiguous, none } = harness.lab.tenants["acme"]!.examples;
    expect((await act("note", { ref: ambiguous[0]!, body: "Who?" })).body.code).toBe("conflict");
    expect((await act("note", { ref: none[0]!, body: "Nobody." })).body.code).toBe("not_found");
    const bodies = JSON.stringify(await auditOf("actions.note"));
    expect(bodies).not.toContain("Who?");
  });

  it("of a panel session is for its own customer only", async () => {
    const [ownTicket, otherTicket] = [await nextTicket(), await nextTicket()];
    const { token } = (await harness.request("/v1/sessions", { role: "agent", method: "POST", body: { ref: ownTicket.ref } }))
      .body;
    const asSession = (ref: string) =>
      harness.request("/v1/actions/note", {
        method: "POST",
        role: null,
        body: { ref, body: "From the panel." },
        headers: { authorization: `Bearer ${token}`, "idempotency-key": randomUUID() },
      });
    expect([(await asSession(ownTicket.ref)).status, (await asSession(otherTicket.ref)).status]).toEqual([200, 403]);
  });
});

describe("a pin", () => {
  it("of a customer is the caller's, and the list names the customer", async () => {
    const { company } = await nextTicket();
    await act("pin", { ref: company, pinned: true }, { role: "rep" });
    const pinsOf = async (role: RoleName) =>
      (await harness.request("/v1/pins", { role })).body.items.map((p: { customer: string }) => p.customer);
    expect(await pinsOf("rep")).toEqual([company]);
    expect(await pinsOf("agent")).toEqual([]);
    await act("pin", { ref: company, pinned: false }, { role: "rep" });
    expect(await pinsOf("rep")).toEqual([]);
  });
});

describe("a reveal", () => {
  it("gives masked values for a minute, and its reason is in the audit list", async () => {
    const { ref } = await nextTicket();
    const { email } = (await harness.context(ref, { role: "service" })).body.customer!;
    const body = { ref, pointers: ["/customer/email"], reason: "The customer asked for a copy." };
    expect((await act("reveal", body)).status).toBe(403);
    const key = randomUUID();
    const answer = await act("reveal", body, { role: "admin", key });
    expect(answer.body.values).toEqual({ "/customer/email": email });
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(Date.parse(answer.body.hideAt) - Date.parse(answer.body.at)).toBe(60_000);
    const [entry] = await auditOf("actions.reveal");
    expect(entry).toMatchObject({ reason: body.reason, ids: { pointers: "/customer/email" } });
    expect((await act("reveal", body, { role: "admin", key })).body.values).toEqual({ "/customer/email": email });
    await harness.clock.advance(61_000);
    expect((await act("reveal", body, { role: "admin", key })).status).toBe(409);
    expect((await harness.context(ref)).body.customer!.email).toBe(`•••@${email!.split("@")[1]}`);
    expect(harness.logged.join("\n")).not.toContain(body.reason);
  });

  it("is refused without a reason, and for a value that is not masked", async () => {
    const { ref } = await nextTicket();
    const refusal = async (body: object) => {
      const { status, body: problem } = await act("reveal", { ref, ...body }, { role: "admin" });
      return [status, problem.errors?.[0]?.pointer];
    };
    expect(await refusal({ pointers: ["/customer/email"], reason: " no " })).toEqual([400, "/reason"]);
    expect(await refusal({ pointers: ["/customer/name"], reason: "Curious about it." })).toEqual([400, "/pointers"]);
  });

  it("gives nothing when its audit entry cannot be written", async () => {
    const { ref } = await nextTicket();
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const commit = log.commit;
    log.commit = () => Promise.reject(new Error("the disk is full"));
    const { status, text } = await act(
      "reveal",
      { ref, pointers: ["/customer/email"], reason: "A call back." },
      { role: "admin" },
    );
    log.commit = commit;
    expect(status).toBe(500);
    expect(text).not.toContain("@");
  });
});

describe("a follow-up", () => {
  const settledAction = async (id: string) => {
    await advanceUntil(harness.clock, 20, "the follow-up", async () => {
      return (await harness.request(`/v1/actions/${id}`, { role: "agent" })).body.state !== "waiting";
    });
    return (await harness.request(`/v1/actions/${id}`, { role: "agent" })).body;
  };

  it("of a ticket is one internal note on it, however often it is sent", async () => {
    const { ref } = await nextTicket({ isOpen: true });
    const key = randomUUID();
    const body = { ref, subject: "Call about the export", text: "They want CSV.", dueDate: "2026-12-04" };
    const first = await act("follow-up", body, { key });
    expect([first.status, first.body.platform]).toEqual([202, "zendesk"]);
    await act("follow-up", body, { key });
    expect(await settledAction(first.body.id)).toMatchObject({ state: "done", record: ref });
    const path = `/api/v2/tickets/${ref.split(":")[1]}`;
    expect(
      harness.requests("zendesk").filter((request) => request.method === "PUT" && request.path.startsWith(path)),
    ).toHaveLength(1);
  });

  it("for the assignee of the ticket names them in the note", async () => {
    const { ref } = await nextTicket({ isOpen: true });
    const { zendesk } = harness.lab.tenants["acme"]!.world;
    const ticketId = Number(ref.split(":")[1]);
    const assignee = zendesk.users.get(zendesk.tickets.get(ticketId)!.assignee_id!)!;
    const body = { ref, subject: "Send the report", owner: `zendesk.user:${assignee.id}`, dueDate: "2026-12-04" };
    await settledAction((await act("follow-up", body)).body.id);
    const lastComment = [...zendesk.comments.values()].filter(({ ticket_id }) => ticket_id === ticketId).at(-1);
    expect(lastComment).toMatchObject({ body: expect.stringContaining(`Owner: ${assignee.name}\n`) });
  });

  it("at Salesforce is a task with its due date, about the account", async () => {
    const { account } = await nextTicket();
    const { body } = await act("follow-up", { ref: account, subject: "Prepare the renewal", dueDate: "2026-12-10" });
    expect(body.platform).toBe("salesforce");
    expect(await settledAction(body.id)).toMatchObject({ state: "done", record: expect.stringMatching(/^salesforce\.task:/) });
  });
});

describe("an insert", () => {
  it("is recorded with its place and length, without its text", async () => {
    const { ref } = await nextTicket();
    await act("insert", { ref, into: ref, as: "internal_note", what: "summary", characters: 212 });
    const [entry] = await auditOf("actions.insert");
    expect(entry.ids).toEqual({ into: ref, as: "internal_note", what: "summary", characters: 212 });
  });
});

describe("the audit list", () => {
  it("has what operators did, too", async () => {
    await harness.request("/v1/connections/zendesk/retry", { method: "POST" });
    const [entry] = await auditOf("connections.retry");
    expect(entry).toMatchObject({ actor: { role: "admin" }, ids: { connection: "zendesk" }, reason: null });
  });
});
