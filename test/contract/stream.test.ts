import { streamEndsOf } from "@sidelight/context-api/services/contexts/streamEnds.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

interface ServerEvent {
  event: string;
  id: string | undefined;
  retry: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: sections of every kind
  data: any;
}

/** Opens a stream that is read event by event. */
async function openStream(ref: string, { role = "agent", query = "" } = {}) {
  const abort = new AbortController();
  const key = harness.keys["acme"]![role as "agent"];
  const response = await harness.app.request(`/v1/context/${encodeURIComponent(ref)}/stream${query}`, {
    headers: { authorization: `Bearer ${key}`, "x-sidelight-panel": "zendesk" },
    signal: abort.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  const next = async (): Promise<ServerEvent> => {
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end === -1) {
        const { value, done } = (await advanceUntilSettled(harness.clock, reader.read(), 20)).value;
        if (done) throw new Error("the stream ended");
        buffer += value;
        continue;
      }
      const lines = buffer.slice(0, end).split("\n");
      buffer = buffer.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = field("event");
      if (event) return { event, id: field("id"), retry: field("retry"), data: JSON.parse(field("data") ?? "null") };
    }
  };
  return { response, next, end: () => reader.cancel().then(() => abort.abort()) };
}

const firstTicket = () => {
  const [ticket] = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as {
    id: number;
    requester_id: number;
  }[];
  return { ticket: `zendesk.ticket:${ticket!.id}`, user: String(ticket!.requester_id) };
};

describe("a stream of one customer", () => {
  it("sends the customer first, then each section, then settled, and then each change", async () => {
    const { ticket, user } = firstTicket();
    const stream = await openStream(ticket);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    const context = (await harness.context(ticket, { role: "agent" })).body as Context;
    const events: ServerEvent[] = [];
    while (events.at(-1)?.event !== "settled") events.push(await stream.next());
    expect(events.map((event) => event.id)).toEqual(events.map((_, i) => String(i + 1)));
    expect(Number(events[0]!.retry)).toBeGreaterThan(0);
    expect(events.filter((event) => event.retry !== undefined)).toHaveLength(1);
    const { ref, kind, match, customer } = context;
    expect(events[0]).toMatchObject({ event: "customer", data: { ref, kind, match, customer } });
    const sections = Object.fromEntries(events.slice(1, -1).map(({ data }) => [data.name, data.section]));
    expect(sections).toEqual(context.sections);
    const { sections: _, asOf: __, ...head } = context;
    expect(events.at(-1)!.data).toMatchObject(head);

    const requestCount = harness.requests().length;
    const webhook = await sendZendesk(
      harness,
      ticketEvent("created", {
        id: 777_001,
        requesterId: user,
        updatedAt: harness.clock.now(),
        subject: "Sent while the stream is open",
      }),
    );
    const changes: ServerEvent[] = [];
    while (!changes.some(({ data }) => data.name === "support")) changes.push(await stream.next());
    const support = changes.find(({ data }) => data.name === "support")!.data.section;
    expect(JSON.stringify(support)).toContain("Sent while the stream is open");
    expect(harness.requests().length).toBe(requestCount);
    await stream.end();
    const event = await harness.request(`/v1/events/${webhook.body.eventIds[0]}`);
    expect(event.body.trace.find((s: { stage: string }) => s.stage === "seen")).toMatchObject({ panel: "zendesk" });
  });

  it("does not send a change of another customer", async () => {
    const tickets = [...harness.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as {
      id: number;
      requester_id: number;
    }[];
    const ticket = tickets[0]!;
    const otherTicket = tickets.find((t) => t.requester_id !== ticket.requester_id)!;
    const stream = await openStream(`zendesk.ticket:${ticket.id}`, { query: "?sections=support" });
    let event = await stream.next();
    while (event.event !== "settled") event = await stream.next();
    await sendZendesk(
      harness,
      ticketEvent("created", {
        id: 777_002,
        requesterId: String(otherTicket.requester_id),
        updatedAt: harness.clock.now(),
        subject: "Another customer's",
      }),
    );
    await sendZendesk(
      harness,
      ticketEvent("created", {
        id: 777_003,
        requesterId: String(ticket.requester_id),
        updatedAt: harness.clock.now(),
        subject: "This customer's",
      }),
    );
    const text = JSON.stringify(await stream.next());
    expect(text).toContain("This customer's");
    expect(text).not.toContain("Another customer's");
    await stream.end();
  });

  it("keeps the problem of a refresh that one platform failed, while the other platforms answer", async () => {
    const { ticket } = firstTicket();
    const stream = await openStream(ticket);
    let event = await stream.next();
    while (event.event !== "settled") event = await stream.next();
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 503, rate: 1, seed: 1 });
    const path = `/v1/context/${encodeURIComponent(ticket)}/refresh`;
    const { value: refresh } = await advanceUntilSettled(harness.clock, harness.request(path, { method: "POST" }));
    expect(refresh.body.sections.product.problem).toMatchObject({ code: "unavailable" });

    // The refresh of the support section is sent. What is sent of the product section has the problem of the answer.
    const problems: unknown[] = [];
    const sent: string[] = [];
    while (!(sent.includes("support") && sent.includes("product"))) {
      event = await stream.next();
      sent.push(event.data.name ?? event.event);
      if (event.data.name === "product") problems.push(event.data.section.problem);
    }
    for (const problem of problems) expect(problem).toMatchObject({ code: "unavailable" });
    const product = async () => (await harness.context(ticket, { role: "agent" })).body.sections.product;
    expect(await product()).toMatchObject({ state: "ok", problem: { code: "unavailable" } });

    // It ends when the platform answers, or after the cooldown of a refresh.
    harness.lab.faults.clear();
    harness.clock.advance(31_000);
    expect(await product()).toMatchObject({ state: "ok", problem: null });
    do event = await stream.next();
    while (event.data.name !== "product");
    expect(event.data.section.problem).toBeNull();
    await stream.end();
  });

  it("has the masking and the errors of a context", async () => {
    const { ticket } = firstTicket();
    const stream = await openStream(ticket);
    let event = await stream.next();
    while (event.event !== "settled") event = await stream.next();
    expect(event.data.customer.email).toMatch(/^•••@/);
    await stream.end();
    expect((await harness.request("/v1/context/nonsense/stream")).body.code).toBe("invalid_ref");
    expect((await harness.request(`/v1/context/${ticket}/stream`, { role: null })).body.code).toBe("unauthenticated");
  });
});

describe("five hundred streams that connect at once", () => {
  it("do not delay a read: it is answered while most of them wait for their first event", async () => {
    const refs = harness.lab.tenants["acme"]!.examples.resolved;
    const headers = { authorization: `Bearer ${harness.keys["acme"]!.agent}` };
    let startedReads = 0;
    const readers = await Promise.all(
      Array.from({ length: 500 }, async (_, i) => {
        const path = `/v1/context/${encodeURIComponent(refs[i % refs.length]!)}/stream`;
        const { body } = await harness.app.request(path, { headers });
        const reader = body!.getReader();
        void reader.read().then(() => {
          startedReads += 1;
        });
        return reader;
      }),
    );
    const { status } = await harness.context(refs[0]!, { role: "agent" });
    expect(status).toBe(200);
    expect(startedReads).toBeLessThan(250);
    await Promise.all(readers.map((reader) => reader.cancel()));
    const { tenant } = harness.runtime.tenants.get("acme")!;
    await until("the streams to end", () => streamEndsOf(tenant).count() === 0);
  });
});
