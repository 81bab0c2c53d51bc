import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { cohortCall, sendCohort, sendMixpanel } from "../harness/mixpanelWebhook.ts";
import { organizationOf, outboundMessage, sendCallout, sendOutbound } from "../harness/salesforceWebhook.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

// What verified senders send by mistake or on purpose. A message is stored or quarantined, never both lost and acknowledged, and never
// refused for ever; and every list stays readable.
let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
});
afterAll(() => harness.close());

const now = () => harness.clock.now();
const head = () => harness.runtime.tenants.get("acme")!.tenant.log.head();
const quarantinedMessages = async (): Promise<{ id: string; reason: string; detail: string }[]> =>
  (await harness.request("/v1/quarantine?limit=1000")).body.items;
/** What a request added to the quarantine. */
async function newlyQuarantined(work: () => Promise<unknown>): Promise<{ id: string; reason: string; detail: string }[]> {
  const earlierIds = new Set((await quarantinedMessages()).map(({ id }) => id));
  await work();
  return (await quarantinedMessages()).filter(({ id }) => !earlierIds.has(id));
}
const nestedArrays = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const genericEvent = (extraMembers: object = {}) => ({
  type: "billing.invoice_overdue",
  at: new Date(now()).toISOString(),
  customer: { userId: "user-1" },
  ...extraMembers,
});
let tickets = 7_000_000;
const ticket = (attributes: object = {}) => ({ id: ++tickets, requesterId: 7_900_000, updatedAt: now(), ...attributes });

async function expectReadableLists(): Promise<void> {
  for (const path of ["/v1/events?limit=1000", "/v1/quarantine?limit=1000"])
    for (const role of ["admin", "service"] as const)
      if (role === "admin" || path.includes("events"))
        expect([path, (await harness.request(path, { role })).status]).toEqual([path, 200]);
}

describe("JSON that is nested deeply", () => {
  const depths = [65, 3_000, 100_000];

  it.each(depths)("%d levels: is acknowledged and quarantined, from every source", async (depth) => {
    const text = nestedArrays(depth);
    const sendings: [string, () => Promise<{ status: number }>, number][] = [
      [
        "generic",
        () => sendGeneric(harness, `{"type":"a.b","at":"2026-11-28T10:00:00Z","customer":{"userId":"1"},"data":${text}}`),
        202,
      ],
      ["generic, in a list", () => sendGeneric(harness, `[${text}]`), 202],
      [
        "zendesk",
        () =>
          sendZendesk(harness, JSON.stringify(ticketEvent("created", ticket())).replace('"event":', `"deep":${text},"event":`)),
        200,
      ],
      ["zendesk trigger", () => sendZendesk(harness, `{"ticket_id":"1","deep":${text}}`), 200],
      ["mixpanel", () => sendMixpanel(harness, text), 200],
      ["salesforce callout", () => sendCallout(harness, `{"events":[${text}]}`), 202],
    ];
    for (const [source, send, status] of sendings) {
      const sequence = head();
      const newMessages = await newlyQuarantined(async () => {
        expect([source, (await send()).status]).toEqual([source, status]);
      });
      expect([source, newMessages]).toEqual([
        source,
        [expect.objectContaining({ reason: "unreadable", detail: "the body is nested more than 64 levels deep" })],
      ]);
      expect(head()).toBe(sequence);
    }
    await expectReadableLists();
  });

  it("that is not too deep is stored and shown", async () => {
    const { status, body } = await sendGeneric(harness, genericEvent({ data: { deep: JSON.parse(nestedArrays(40)) } }));
    expect([status, body.accepted]).toEqual([202, 1]);
    await expectReadableLists();
  });
});

describe("a time that no event can have", () => {
  const times: [string, string][] = [
    ["in the year 2999", "2999-01-01T00:00:00Z"],
    ["in the year 9999", "9999-12-31T23:59:59Z"],
    ["two days ahead", new Date(Date.UTC(2099, 0, 1)).toISOString()],
    ["in the year 1", "0001-01-01T00:00:00Z"],
    ["before 1970", "1969-12-31T23:59:59Z"],
  ];

  it.each(times)("%s: the event of a ticket is quarantined, and the next version of the ticket wins", async (_, time) => {
    const { id } = ticket();
    const fields = { id, requesterId: 7_900_000, updatedAt: now() };
    await sendZendesk(harness, ticketEvent("created", { ...fields, subject: "First" }));
    const sequence = head();
    const hostile = { ...ticketEvent("status_changed", { ...fields, subject: "Hostile", status: "SOLVED" }), time };
    const newMessages = await newlyQuarantined(() => sendZendesk(harness, hostile));
    expect(newMessages).toEqual([expect.objectContaining({ reason: "out_of_bounds" })]);
    const withDetail = ticketEvent("status_changed", { ...fields, subject: "Hostile", status: "SOLVED", updated_at: time });
    expect((await sendZendesk(harness, withDetail)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect(head()).toBe(sequence);
    harness.clock.advance(1_000);
    await sendZendesk(harness, ticketEvent("status_changed", { ...fields, updatedAt: now(), subject: "Second", status: "OPEN" }));
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const { currentData } = await import("@sidelight/context-api/log/reader.ts");
    expect((await currentData(log, [`zendesk.ticket:${id}`])).get(`zendesk.ticket:${id}`)).toMatchObject({ subject: "Second" });
    await expectReadableLists();
  });

  it.each(times)("%s: events of our own services and of Salesforce are quarantined", async (_, time) => {
    const sequence = head();
    expect((await sendGeneric(harness, genericEvent({ at: time }))).body).toMatchObject({ accepted: 0, quarantined: 1 });
    const callout = { object: "Account", id: "0015g0000027oiUAAQ", what: "updated", at: time };
    expect((await sendCallout(harness, [callout])).body).toMatchObject({ accepted: 0, quarantined: 1 });
    const countBefore = (await quarantinedMessages()).length;
    const fields = { LastModifiedDate: time };
    const xml = outboundMessage([{ id: "0015g0000027oiUAAQ", fields }], { organizationId: organizationOf(harness) });
    expect((await sendOutbound(harness, xml)).status).toBe(200);
    expect([(await quarantinedMessages()).length - countBefore, head()]).toEqual([1, sequence]);
  });

  it.each([
    ["without a zone", "2026-11-20T10:00:00"],
    ["as a day", "2026-11-20"],
    ["in the form of another country", "11/20/2026"],
    ["of an e-mail", "Fri, 20 Nov 2026 10:00:00 GMT"],
    ["in seconds", "1763629200"],
    ["in milliseconds, as a number", 1_763_629_200_000],
    ["of a leap second", "2016-12-31T23:59:60Z"],
    ["beyond the range of dates", "+275760-09-13T00:00:00.001Z"],
    ["of the year 0", "0000-01-01T00:00:00Z"],
  ])("%s is never read in the time zone of the machine: the event is quarantined, from every source", async (_, time) => {
    const sequence = head();
    const sendings = [
      sendZendesk(harness, { ...ticketEvent("created", ticket()), time }),
      sendGeneric(harness, genericEvent({ at: time })),
      sendGeneric(harness, {
        specversion: "1.0",
        id: `time-${time}`,
        source: "billing",
        type: "a.b",
        time,
        data: { customer: { userId: "1" } },
      }),
      sendCallout(harness, { events: [{ object: "Account", id: "0015g0000027oiUAAQ", what: "updated", at: time }] }),
    ];
    for (const { body } of await Promise.all(sendings)) expect(body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect(head()).toBe(sequence);
  });

  it("inside of a ticket is quarantined, and the contexts stay readable", async () => {
    for (const created_at of ["never", "", "2026-99-99T00:00:00Z"]) {
      const { id } = ticket();
      const event = ticketEvent("created", { id, requesterId: 7_900_000, updatedAt: now(), created_at });
      const { status } = await sendZendesk(harness, event);
      expect(status).toBe(200);
    }
    await expectReadableLists();
  });
});

describe("counts and sizes", () => {
  it("a cohort call with 100,000 members is acknowledged and quarantined, without a look at the members", async () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `m${i}`);
    const call = cohortCall(harness, { action: "members", session: "large", members: [] });
    const body = { ...call, parameters: { ...call.parameters, members: members.map((id) => ({ mixpanel_distinct_id: id })) } };
    const sequence = head();
    const newMessages = await newlyQuarantined(async () => {
      expect((await sendMixpanel(harness, body)).status).toBe(200);
    });
    expect([newMessages.length, head()]).toEqual([1, sequence]);
  });

  it("a cohort call with more members than Mixpanel sends is quarantined with the reason", async () => {
    const members = Array.from({ length: 2_001 }, (_, i) => `m${i}`);
    const newMessages = await newlyQuarantined(() => sendCohort(harness, { action: "members", session: "larger", members }));
    expect(newMessages).toMatchObject([{ reason: "out_of_bounds", detail: "the call has 2001 members; 2000 are allowed" }]);
  });

  it("a full cohort call is stored in several commits, so that other webhooks are stored between them", {
    timeout: scaled(60_000),
  }, async () => {
    const send = vi.spyOn(harness.runtime.writer, "send");
    const members = Array.from({ length: 1_000 }, (_, i) => `full-${i}`);
    const sequence = head();
    await sendCohort(harness, { action: "members", session: "full", members, cohort: { id: 99 } });
    const commits = send.mock.calls.flatMap(([request]) => (request.kind === "commit" ? [request.events.length] : []));
    send.mockRestore();
    expect(head() - sequence).toBe(1_000);
    expect(Math.max(...commits)).toBeLessThanOrEqual(250);
  });

  it("a text of hundreds of kilobytes is cut", async () => {
    const { id } = ticket();
    const event = ticketEvent("created", { id, requesterId: 7_900_000, updatedAt: now(), subject: "x".repeat(400_000) });
    expect((await sendZendesk(harness, event)).body).toMatchObject({ accepted: 1 });
    const { items } = (await harness.request("/v1/events?limit=1")).body;
    expect(JSON.stringify(items[0]).length).toBeLessThan(30_000);
  });

  it.each([
    ["the type of an event", () => ({ type: `zen:event-type:ticket.${"a".repeat(400_000)}` })],
    ["the id of an event", () => ({ id: "x".repeat(400_000) })],
    [
      "the id of a requester",
      () => ({ detail: ticketEvent("created", { ...ticket(), requesterId: "9".repeat(4_000) })["detail"] }),
    ],
  ])("%s of hundreds of kilobytes is quarantined: lists show it as it is", async (name, extraMembers) => {
    const sequence = head();
    const event = { ...ticketEvent("created", ticket()), ...extraMembers() };
    expect((await sendZendesk(harness, event)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    const member = { mixpanel_distinct_id: "m".repeat(100_000) };
    const call = cohortCall(harness, { action: "members", session: `names-${name}`, members: [] });
    await sendMixpanel(harness, { ...call, parameters: { ...call.parameters, members: [member] } });
    expect(head()).toBe(sequence);
    await expectReadableLists();
  });

  it("an outbound message of more than a megabyte is too large", async () => {
    const fields = { Description: "x".repeat(1_100_000) };
    const xml = outboundMessage([{ id: "0015g0000027oiUAAQ", fields }], { organizationId: organizationOf(harness) });
    expect((await sendOutbound(harness, xml)).status).toBe(413);
  });
});

describe("one bad event", () => {
  const bad: [string, unknown][] = [
    ["null", null],
    ["a number", 1],
    ["a list", []],
    ["an event without a type", { at: "2026-11-28T10:00:00Z", customer: { userId: "1" } }],
    ["an event of the year 2999", { type: "a.b", at: "2999-01-01T00:00:00Z", customer: { userId: "1" } }],
    ["an event with members that every object has", JSON.parse('{"__proto__":{"type":"a.b"},"constructor":1,"toString":1}')],
  ];

  it.each(bad)("%s does not take the others of a list with it", async (_, entry) => {
    const list = [genericEvent(), entry, genericEvent({ customer: { userId: "user-2" } })];
    expect((await sendGeneric(harness, list)).body).toMatchObject({ accepted: 2, quarantined: 1 });
  });

  it("does not take the others of a Salesforce callout with it", async () => {
    const instant = new Date(now()).toISOString();
    const events = [
      { object: "Account", id: "0015g0000027oiUAAQ", what: "updated", at: instant },
      { object: "constructor", id: "0015g0000027oiUAAQ", what: "updated", at: instant },
      null,
      { object: "Account", id: "0015g0000027oiUAAQ", what: "created", at: instant },
    ];
    const newMessages = await newlyQuarantined(async () => {
      expect((await sendCallout(harness, { events })).body).toMatchObject({ accepted: 2, quarantined: 2 });
    });
    // One row for the request. After a fix it is released as a whole, and what was appended counts as a duplicate.
    expect(newMessages).toHaveLength(1);
    const { status, body } = await harness.request(`/v1/quarantine/${newMessages[0]!.id}/release`, { method: "POST" });
    expect([status, body.duplicates, body.unusable.length]).toEqual([200, 2, 2]);
  });
});

describe("the address of a sender", () => {
  it("is checked before anything of the body is read", async () => {
    const strict = await openHarness({
      pull: false,
      configure: (config) => {
        config.tenants.acme.connections.find((c: { id: string }) => c.id === "zendesk").webhooks[0].allowFrom = [
          "203.0.113.0/24",
        ];
      },
    });
    try {
      let isRead = false;
      const body = new ReadableStream(
        {
          pull(controller) {
            isRead = true;
            controller.error(new Error("the body was read"));
          },
        },
        { highWaterMark: 0 },
      );
      const path = `/v1/webhooks/acme/zendesk/${strict.webhooks["acme"]!.token.zendesk}`;
      const response = await strict.app.request(path, { method: "POST", body, duplex: "half" } as RequestInit);
      expect([response.status, isRead]).toEqual([401, false]);
    } finally {
      await strict.close();
    }
  });
});
