import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

interface Told {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: sections of every kind
  data: any;
}

/** Reads a stream event by event. */
async function listen(ref: string, { role = "agent", query = "" } = {}) {
  const ended = new AbortController();
  const key = house.keys["acme"]![role as "agent"];
  const response = await house.app.request(`/v1/context/${encodeURIComponent(ref)}/stream${query}`, {
    headers: { authorization: `Bearer ${key}`, "x-sidelight-panel": "zendesk" },
    signal: ended.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const next = async (): Promise<Told> => {
    for (;;) {
      const end = rest.indexOf("\n\n");
      if (end === -1) {
        const { value, done } = (await passing(house.clock, reader.read(), 20)).value;
        if (done) throw new Error("the stream ended");
        rest += value;
        continue;
      }
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const event = lines.find((l) => l.startsWith("event: "))?.slice(7);
      if (event) return { event, data: JSON.parse(lines.find((l) => l.startsWith("data: "))!.slice(6)) };
    }
  };
  return { response, next, end: () => reader.cancel().then(() => ended.abort()) };
}

const someone = () => {
  const [ticket] = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as {
    id: number;
    requester_id: number;
  }[];
  return { ticket: `zendesk.ticket:${ticket!.id}`, user: String(ticket!.requester_id) };
};

describe("a stream of one customer", () => {
  it("begins with each section, settles, and then tells what changes", async () => {
    const { ticket, user } = someone();
    const stream = await listen(ticket);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    const whole = (await house.context(ticket, { role: "agent" })).body as Context;
    const told: Told[] = [];
    while (told.at(-1)?.event !== "settled") told.push(await stream.next());
    const sections = Object.fromEntries(told.slice(0, -1).map(({ data }) => [data.name, data.section]));
    expect(sections).toEqual(whole.sections);
    const { sections: _, asOf: __, ...head } = whole;
    expect(told.at(-1)!.data).toMatchObject(head);

    const asked = house.requests().length;
    const sent = await sendZendesk(
      house,
      ticketEvent("created", {
        id: 777_001,
        requesterId: user,
        updatedAt: house.clock.now(),
        subject: "Live, by itself",
      }),
    );
    const changed: Told[] = [];
    while (!changed.some(({ data }) => data.name === "support")) changed.push(await stream.next());
    const support = changed.find(({ data }) => data.name === "support")!.data.section;
    expect(JSON.stringify(support)).toContain("Live, by itself");
    expect(house.requests().length).toBe(asked);
    await stream.end();
    const story = await house.ask(`/v1/events/${sent.body.eventIds[0]}`);
    expect(story.body.story.find((s: { stage: string }) => s.stage === "seen")).toMatchObject({ panel: "zendesk" });
  });

  it("tells nothing of somebody else's change", async () => {
    const tickets = [...house.lab.tenants["acme"]!.world.zendesk.tickets.values()] as unknown as {
      id: number;
      requester_id: number;
    }[];
    const own = tickets[0]!;
    const other = tickets.find((t) => t.requester_id !== own.requester_id)!;
    const stream = await listen(`zendesk.ticket:${own.id}`, { query: "?sections=support" });
    let told = await stream.next();
    while (told.event !== "settled") told = await stream.next();
    await sendZendesk(
      house,
      ticketEvent("created", {
        id: 777_002,
        requesterId: String(other.requester_id),
        updatedAt: house.clock.now(),
        subject: "Not yours",
      }),
    );
    await sendZendesk(
      house,
      ticketEvent("created", {
        id: 777_003,
        requesterId: String(own.requester_id),
        updatedAt: house.clock.now(),
        subject: "Yours",
      }),
    );
    const text = JSON.stringify(await stream.next());
    expect(text).toContain("Yours");
    expect(text).not.toContain("Not yours");
    await stream.end();
  });

  it("is masked as the answer is, and refused as it is", async () => {
    const { ticket } = someone();
    const stream = await listen(ticket);
    let told = await stream.next();
    while (told.event !== "settled") told = await stream.next();
    expect(told.data.customer.email).toMatch(/^•••@/);
    await stream.end();
    expect((await house.ask("/v1/context/nonsense/stream")).body.code).toBe("invalid_ref");
    expect((await house.ask(`/v1/context/${ticket}/stream`, { role: null })).body.code).toBe("unauthenticated");
  });
});
