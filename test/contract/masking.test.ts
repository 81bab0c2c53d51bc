import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config) => {
      // The services of this tenant may read the log, but no personal values. Its sales team may not read tickets.
      config.tenants.acme.roles = { service: { pii: false }, rep: { text: false } };
    },
  });
});
afterAll(() => harness.close());

const ticketsOf = ({ sections }: Context) => sections.support!.data!.tickets;
/** A person with an open ticket. */
const refWithTickets = async (): Promise<string> => {
  for (const ref of harness.lab.tenants["acme"]!.examples.resolved) {
    const { body } = await harness.context(ref);
    if ((body.sections.support?.data?.tickets.length ?? 0) > 0 && body.sections.timeline?.data?.items.length) return ref;
  }
  throw new Error("no example has a ticket");
};

describe("what people wrote in tickets", () => {
  it("is shown to an agent", async () => {
    const ref = await refWithTickets();
    const asAdmin = (await harness.context(ref)).body;
    const asAgent = (await harness.context(ref, { role: "agent" })).body;
    expect(ticketsOf(asAgent).map(({ id }) => id)).toEqual(ticketsOf(asAdmin).map(({ id }) => id));
    for (const { subject } of ticketsOf(asAgent)) expect(subject).toMatch(/[a-z]{3}/i);
  });

  it("is hidden from a role without the right `text`, also in the timeline and in a stream of the panel", async () => {
    const ref = await refWithTickets();
    const asRep = (await harness.context(ref, { role: "rep" })).body;
    const { data, masked } = asRep.sections.support!;
    expect(data!.tickets.length).toBeGreaterThan(0);
    for (const [i, ticket] of data!.tickets.entries()) {
      expect(ticket.subject).toBe("•••");
      expect(masked).toContain(`/tickets/${i}/subject`);
    }
    const subjects = ticketsOf((await harness.context(ref)).body).flatMap(({ subject }) => subject ?? []);
    const timeline = await harness.request(`/v1/timeline/${encodeURIComponent(ref)}?limit=1000`, { role: "rep" });
    const { token } = (await harness.request("/v1/sessions", { role: "rep", method: "POST", body: { ref } })).body;
    const session = await harness.context(ref, { role: null, headers: { authorization: `Bearer ${token}` } });
    for (const text of [JSON.stringify(asRep), timeline.text, session.text])
      expect(subjects.filter((subject) => text.includes(subject))).toEqual([]);
  });

  it("is cached for each right on its own", async () => {
    const ref = await refWithTickets();
    for (const role of ["agent", "rep", "agent", "rep"] as const) {
      const { body } = await harness.context(ref, { role });
      expect(ticketsOf(body).every(({ subject }) => (role === "rep") === (subject === "•••"))).toBe(true);
    }
  });
});

describe("an agent without the right `pii`", () => {
  it("sees no address and no phone number of a ticket's text, in whatever way the panel asks", async () => {
    const requesterId = String([...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()][0]!["requester_id"]);
    const ref = `zendesk.user:${requesterId}`;
    const subject =
      "Ring 612 34 56 78 or tel: 4915123456789, write to eve.canary@acme.example or https://x.example/?to=eve.canary%40acme.example";
    const ticket = { id: 8_700_001, requesterId, updatedAt: harness.clock.now() };
    await sendZendesk(harness, ticketEvent("created", { ...ticket, subject, priority: "URGENT" }));
    const { token } = (await harness.request("/v1/sessions", { role: "agent", method: "POST", body: { ref } })).body;
    const authorization = { authorization: `Bearer ${token}` };
    const stream = await harness.app.request(`/v1/context/${ref}/stream`, { headers: authorization });
    let streamText = "";
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
      streamText += Buffer.from(chunk).toString();
      if (streamText.includes("event: settled")) break;
    }
    const answers = {
      context: (await harness.context(ref, { role: "agent" })).text,
      session: (await harness.context(ref, { role: null, headers: authorization })).text,
      fields: (await harness.context(ref, { role: "agent", query: "?fields=/sections/support/data" })).text,
      batch: (await harness.request("/v1/contexts", { role: "agent", method: "POST", body: { refs: [ref] } })).text,
      past: (await harness.context(ref, { role: "agent", query: `?at=${new Date(harness.clock.now()).toISOString()}` })).text,
      timeline: (await harness.request(`/v1/timeline/${ref}`, { role: "agent" })).text,
      stream: streamText,
    };
    for (const [way, text] of Object.entries(answers)) {
      expect([way, text.includes("Ring •••")]).toEqual([way, true]);
      expect([way, /612 34|49151|eve\.canary/.test(text)]).toEqual([way, false]);
    }
    expect((await harness.context(ref)).text).toContain("eve.canary");
  });
});

describe("a reader of the log without the right `pii`", () => {
  const now = () => new Date(harness.clock.now()).toISOString();
  const secretTexts = ["lovelace", "90182055"];
  const shownTo = async (role: "admin" | "service", eventId: string) => {
    const eventAnswer = await harness.request(`/v1/events/${eventId}`, { role });
    const list = await harness.request("/v1/events?limit=20", { role });
    return {
      one: eventAnswer.text,
      item: JSON.stringify(list.body.items.find((item: { eventId: string }) => item.eventId === eventId)),
    };
  };

  it.each([
    ["an address", "ada.lovelace@acme.example"],
    ["an address in brackets", "<ada.lovelace@acme.example>"],
    ["an address with a slash", "ada/lovelace@acme.example"],
    ["an address with other odd characters", "ada?x=lovelace#1|2;3:4@acme.example"],
    ["a quoted address", '"ada lovelace"@acme.example'],
    ["an address at an IP address", "ada.lovelace@[192.0.2.1]"],
    ["a full-width address", "ada.lovelace＠acme.example"],
    ["a percent-encoded address", "ada.lovelace%40acme.example"],
    ["an address in HTML", "ada.lovelace&#64;acme.example"],
    ["a quoted-printable address", "ada.lovelace=40acme.example"],
    ["a phone number", "+49 30 90182055"],
    ["a national phone number", "030 90182055"],
    ["a phone number with brackets", "(030) 90182055"],
  ])("sees no %s, neither in a text, nor in data, nor as the name of a member", async (_, value) => {
    const { body } = await sendGeneric(harness, {
      type: "support.call",
      at: now(),
      customer: { userId: "user-of-masking" },
      title: `Call ${value} back`,
      interaction: { type: "call", description: `Please call ${value} back` },
      data: { note: value, list: [value], nested: { [value]: 1 } },
    });
    const eventId = body.eventIds[0]!;
    const asService = await shownTo("service", eventId);
    for (const text of [asService.one, asService.item])
      for (const secretText of secretTexts) expect(text.toLowerCase()).not.toContain(secretText);
    expect((await shownTo("admin", eventId)).one.toLowerCase()).toMatch(/lovelace|90182055/);
  });

  it("sees no phone number in a ticket's text", async () => {
    const ticket = { id: 8_800_001, requesterId: 8_800_002, updatedAt: harness.clock.now() };
    const description = "Call me on +49 30 90182055 or 030/90182055, or write to ada.lovelace@acme.example.";
    const { body } = await sendZendesk(harness, ticketEvent("created", { ...ticket, subject: "Callback", description }));
    const { one, item } = await shownTo("service", body.eventIds[0]!);
    for (const text of [one, item]) {
      expect(text).toContain("Callback");
      for (const secretText of secretTexts) expect(text.toLowerCase()).not.toContain(secretText);
    }
  });
});

describe("an address that is sent where an id belongs", () => {
  const address = "eve.canary@acme.example";
  const requests: [path: string, options?: RequestOptions][] = [
    [`/v1/events/${address}`],
    [`/v1/events?${address}=1`],
    [`/v1/events?${address}=`],
    [`/v1/config/versions/${address}`],
    [`/v1/timeline/email:${address}`],
    [`/v1/context/email:${address} x`],
    [`/v1/context/zendesk.ticket:1?sections=${address}`],
    [`/v1/deliveries/${address}/retry`, { method: "POST" }],
    [`/v1/connections/${address}/retry`, { method: "POST" }],
    [`/v1/quarantine/${address}/release`, { method: "POST" }],
    [`/v1/quarantine/${address}/discard`, { method: "POST" }],
    ["/v1/config/rollback", { method: "POST", body: { version: address } }],
    ["/v1/config/routes/test", { method: "POST", body: { event: address } }],
    ["/v1/config/routes/test", { method: "POST", body: { ref: `email:${address}` } }],
    ["/v1/sessions", { method: "POST", body: { ref: "zendesk.ticket:1", [address]: 1 } }],
    [`/v1/webhooks/acme/zendesk/${address}`, { method: "POST", role: null, body: {} }],
  ];

  it.each(requests)("is neither in the problem of %s nor in the log", async (path, options = {}) => {
    const since = harness.logged.length;
    const { status, text } = await harness.request(encodeURI(path), options);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain("eve.canary");
    expect(harness.logged.slice(since).join("\n")).not.toContain("eve.canary");
  });
});
