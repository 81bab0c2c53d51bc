import { randomUUID } from "node:crypto";
import type { Event } from "@sidelight/contracts/events/event.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric, standardSignature } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const log = (tenant = "acme") => harness.runtime.tenants.get(tenant)!.tenant.log;
const head = (tenant?: string) => log(tenant).head();
const listQuarantined = async () =>
  (await harness.request("/v1/quarantine?source=generic&state=quarantined")).body.items as Record<string, string>[];
const newId = () => `inv-${randomUUID()}`;
const now = () => new Date(harness.clock.now()).toISOString();

interface Customer {
  email?: string | null;
  ref?: string;
  userId?: string | number;
}

const eventOf = (customer: Customer, extra: object = {}) => ({
  id: newId(),
  type: "billing.invoice_overdue",
  at: now(),
  customer,
  title: "Invoice 2031 is overdue",
  data: { invoice: "2031", amount: { value: 1200, currency: "EUR" } },
  ...extra,
});

/** Two customers of different companies that every platform matches by address. */
async function knownCustomers(): Promise<{ ref: string; id: string; email: string; company: string }[]> {
  const customers: { ref: string; id: string; email: string; company: string }[] = [];
  for (const ref of harness.lab.tenants["acme"]!.examples.resolved) {
    const { customer } = (await harness.context(ref)).body;
    if (!customer?.email || !customer.company || customers.some((f) => f.company === customer.company!.id)) continue;
    customers.push({ ref, id: customer.id, email: customer.email, company: customer.company.id });
  }
  return customers;
}

const titlesOf = async (ref: string): Promise<string[]> => {
  const { body } = await harness.request(`/v1/timeline/${encodeURIComponent(ref)}?source=generic&limit=1000`);
  return (body.items as { title: string }[]).map((item) => item.title);
};
const loggedEvent = async (id: string): Promise<Event> => (await harness.request(`/v1/events/${id}`)).body;

describe("a generic event", () => {
  it("is in the timeline of the customer whose address it names and of their company, and in no other", async () => {
    const [ada, grace] = await knownCustomers();
    const title = `Overdue ${newId()}`;
    await harness.context(ada!.ref);
    const calls = harness.requests().length;
    const answer = await sendGeneric(harness, eventOf({ email: `  ${ada!.email.toUpperCase()} ` }, { title }));
    expect([answer.status, answer.body]).toEqual([
      202,
      { accepted: 1, duplicates: 0, quarantined: 0, eventIds: [expect.stringMatching(/^evt_/)] },
    ]);
    const context = (await harness.context(ada!.ref)).body;
    expect(context.customer!.id).toBe(ada!.id);
    expect(context.sections.timeline!.data!.items).toContainEqual(
      expect.objectContaining({ source: "generic", kind: "activity", title, detail: "billing.invoice_overdue", link: null }),
    );
    expect(harness.requests().length).toBe(calls);
    for (const otherRef of [grace!.ref, grace!.company]) expect(await titlesOf(otherRef), otherRef).not.toContain(title);
    for (const ref of [`email:${ada!.email}`, ada!.company]) expect(await titlesOf(ref), ref).toContain(title);
  });

  it("is in the log with its own type and data, and with its customer", async () => {
    const [ada] = await knownCustomers();
    const interaction = { type: "invoice", priority: "high", description: "x".repeat(600) };
    const response = await sendGeneric(harness, eventOf({ email: ada!.email }, { interaction, at: "2026-11-20T10:00:00+02:00" }));
    expect(await loggedEvent(response.body.eventIds[0]!)).toMatchObject({
      eventType: "generic.event.billing_invoice_overdue",
      timestamp: "2026-11-20T08:00:00.000Z",
      source: { platform: "generic", connection: "generic", objectType: "event", objectId: expect.stringMatching(/^inv-/) },
      customer: { id: ada!.id, email: ada!.email },
      interaction: { type: "invoice", priority: "high", category: null, description: "x".repeat(500) },
      data: {
        type: "billing.invoice_overdue",
        title: "Invoice 2031 is overdue",
        data: { invoice: "2031", amount: { value: 1200, currency: "EUR" } },
      },
    });
  });

  it("belongs to the customer of its ref, a person or a company", async () => {
    const [ada, grace] = await knownCustomers();
    const { world } = harness.lab.tenants["acme"]!;
    const account = [...world.salesforce.tables.Account.values()].find((a) => a["IsDeleted"] !== true)!;
    const [toUser, toAccount] = [`User ${newId()}`, `Account ${newId()}`];
    const ticket = [...world.zendesk.tickets.values()][0] as unknown as { requester_id: number };
    const user = `zendesk.user:${ticket.requester_id}`;
    await sendGeneric(harness, eventOf({ ref: user, email: grace!.email }, { title: toUser }));
    await sendGeneric(harness, eventOf({ ref: `salesforce.account:${account.Id}` }, { title: toAccount }));
    expect(await titlesOf(user)).toContain(toUser);
    expect(await titlesOf(`salesforce.account:${account.Id}`)).toContain(toAccount);
    const { id } = (await harness.context(user)).body.customer!;
    for (const otherCustomer of [ada!, grace!].filter((o) => o.id !== id))
      expect(await titlesOf(otherCustomer.ref)).not.toContain(toUser);
  });

  it("belongs to the user with its product user id", async () => {
    const profile = [...harness.lab.tenants["acme"]!.world.mixpanel.profiles.values()].find((p) => p.properties["$email"])!;
    const title = `Used ${newId()}`;
    await sendGeneric(harness, eventOf({ userId: profile.distinct_id }, { title }));
    expect(await titlesOf(`mixpanel.user:${profile.distinct_id}`)).toContain(title);
  });

  it("of an unknown customer is shown once the customer is known, and joins events with the same name", async () => {
    const [email, userId] = [`new-${newId()}@customer.example`, `user-${newId()}`];
    const titles = [1, 2, 3].map((n) => `${n} ${newId()}`);
    await sendGeneric(harness, eventOf({ email }, { title: titles[0] }));
    await sendGeneric(harness, eventOf({ userId }, { title: titles[1] }));
    expect(await titlesOf(`email:${email}`)).toEqual([titles[0]]);
    await sendGeneric(harness, eventOf({ email, userId }, { title: titles[2] }));
    expect((await titlesOf(`email:${email}`)).sort()).toEqual(titles);
  });

  it("may be sent in a list, each one processed separately", async () => {
    const [ada] = await knownCustomers();
    const body = [eventOf({ email: ada!.email }), { hello: "world" }, eventOf({ email: ada!.email })];
    const known_ = await listQuarantined();
    expect((await sendGeneric(harness, body)).body).toMatchObject({ accepted: 2, duplicates: 0, quarantined: 1 });
    const [newest] = (await listQuarantined()).filter(({ id }) => known_.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: "unexpected format at /1/type" });
    const release = await harness.request(`/v1/quarantine/${newest!["id"]}/release`, { method: "POST" });
    expect(release.body).toMatchObject({ accepted: 0, duplicates: 2, unusable: [expect.stringContaining("/1/type")] });
    expect((await sendGeneric(harness, [])).body).toMatchObject({ accepted: 0, quarantined: 0 });
    const events = Array.from({ length: 101 }, () => eventOf({ email: ada!.email }));
    expect((await sendGeneric(harness, events)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendGeneric(harness, events.slice(1))).body).toMatchObject({ accepted: 100, quarantined: 0 });
  });

  it("may be a CloudEvent", async () => {
    const [ada] = await knownCustomers();
    const title = `Cloud ${newId()}`;
    const cloudEvent = {
      specversion: "1.0",
      id: newId(),
      source: "/billing",
      type: "com.acme.Billing.invoice-overdue",
      time: now(),
      datacontenttype: "application/json",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      data: { customer: { email: ada!.email }, title, invoice: 7 },
    };
    const headers = { "content-type": "application/cloudevents+json" };
    const response = await sendGeneric(harness, cloudEvent, { headers });
    expect(response.body.accepted).toBe(1);
    expect(await loggedEvent(response.body.eventIds[0]!)).toMatchObject({
      eventType: "generic.event.com_acme_billing_invoice_overdue",
      data: { type: "com.acme.Billing.invoice-overdue", source: "/billing", title, data: { invoice: 7 } },
    });
    expect(await titlesOf(ada!.ref)).toContain(title);
    // A CloudEvent is identified by source and id. The same id of another source is another event.
    expect((await sendGeneric(harness, cloudEvent, { headers })).body.duplicates).toBe(1);
    const { time: _, ...timeless } = { ...cloudEvent, source: "/shipping" };
    expect((await sendGeneric(harness, timeless, { headers })).body.accepted).toBe(1);
    expect((await sendGeneric(harness, { ...cloudEvent, specversion: "0.3", id: newId() })).body.quarantined).toBe(1);
  });
});

describe("the same event", () => {
  it("counts once by its own id, or by the message's id without one", async () => {
    const [ada] = await knownCustomers();
    const event = eventOf({ email: ada!.email });
    const first = await sendGeneric(harness, event);
    const headBefore = head();
    const repeats = await Promise.all([sendGeneric(harness, event), sendGeneric(harness, [event])]);
    for (const { body } of repeats)
      expect(body).toEqual({ accepted: 0, duplicates: 1, quarantined: 0, eventIds: first.body.eventIds });
    const { id: _, ...nameless } = event;
    const message = `msg_${randomUUID()}`;
    const response = [
      await sendGeneric(harness, nameless, { id: message }),
      await sendGeneric(harness, nameless, { id: message }),
    ];
    expect(response.map((s) => s.body.accepted)).toEqual([1, 0]);
    expect((await sendGeneric(harness, nameless)).body.accepted).toBe(1);
    expect(head()).toBe(headBefore + 2);
    expect((await sendGeneric(harness, [event, eventOf({ email: ada!.email }), event])).body).toMatchObject({
      accepted: 1,
      duplicates: 2,
    });
  });
});

describe("an invalid event is quarantined with the pointer to the problem, and without its value", () => {
  const secretive = "hunter2-ada@private.example";
  const good = () => eventOf({ email: "ada@customer.example" });
  const future = () => new Date(harness.clock.now() + 2 * 86_400_000).toISOString();
  const cloud = (extra: object) => ({
    specversion: "1.0",
    id: newId(),
    source: "/s",
    type: "a.b",
    data: { customer: { email: "a@b.example" } },
    ...extra,
  });
  const cases: [string, () => unknown, string][] = [
    ["no type", () => ({ ...good(), type: undefined }), "/type"],
    ["a type in upper case", () => ({ ...good(), type: `Billing.${secretive}` }), "/type"],
    ["no time", () => ({ ...good(), at: undefined }), "/at"],
    ["a time that is not a time", () => ({ ...good(), at: secretive }), "/at"],
    ["a date that does not exist", () => ({ ...good(), at: "2026-02-30T00:00:00Z" }), "/at"],
    ["a time without a zone", () => ({ ...good(), at: "2026-11-20T10:00:00" }), "/at"],
    ["a time in the distant past", () => ({ ...good(), at: "0001-01-01T00:00:00Z" }), "/at"],
    ["a time in the future", () => ({ ...good(), at: future() }), "/at"],
    ["no customer", () => ({ ...good(), customer: undefined }), "/customer"],
    ["a customer without an identifier", () => ({ ...good(), customer: {} }), "/customer"],
    ["an invalid address", () => ({ ...good(), customer: { email: `${secretive} and more` } }), "/customer/email"],
    ["an invalid ref", () => ({ ...good(), customer: { ref: secretive } }), "/customer/ref"],
    ["a ref by an address", () => ({ ...good(), customer: { ref: `email:${secretive}` } }), "/customer/ref"],
    ["a ref that is not a customer's", () => ({ ...good(), customer: { ref: "zendesk.ticket:1" } }), "/customer/ref"],
    ["a user id with a control character", () => ({ ...good(), customer: { userId: "a\u0000b" } }), "/customer/userId"],
    ["a user id that is not text", () => ({ ...good(), customer: { userId: "\ud800" } }), "/customer/userId"],
    ["a misspelled member", () => ({ ...good(), costumer: secretive }), "its root"],
    ["an id that is too long", () => ({ ...good(), id: "x".repeat(201) }), "/id"],
    ["an id that is not text", () => ({ ...good(), id: "\udfff" }), "/id"],
    ["an empty title", () => ({ ...good(), title: { secretive } }), "/title"],
    ["data that is not an object", () => ({ ...good(), data: [secretive] }), "/data"],
    ["data of more than 16 KB", () => ({ ...good(), data: { text: secretive.repeat(700) } }), "/data"],
    ["an interaction of another form", () => ({ ...good(), interaction: { type: 1 } }), "/interaction/type"],
    ["a CloudEvent without its source", () => cloud({ source: undefined }), "/source"],
    ["a CloudEvent with its data in base64", () => cloud({ data: undefined, data_base64: "e30=" }), "/data"],
    ["a CloudEvent without a customer", () => cloud({ data: { invoice: secretive } }), "/data/customer"],
    ["a CloudEvent about a ticket", () => cloud({ data: { customer: { ref: "zendesk.ticket:1" } } }), "/data/customer/ref"],
    ["a CloudEvent of the future", () => cloud({ time: future() }), "/time"],
    [
      "a CloudEvent with too much data",
      () => cloud({ data: { customer: { email: "a@b.example" }, text: "x".repeat(17_000) } }),
      "/data",
    ],
    ["a text", () => JSON.stringify(secretive), "its root"],
    ["a null", () => "null", "its root"],
  ];

  it.each(cases)("%s", async (_, body, pointer) => {
    const [headBefore, earlier] = [head(), await listQuarantined()];
    const answer = await sendGeneric(harness, body());
    expect([answer.status, answer.body]).toEqual([202, { accepted: 0, duplicates: 0, quarantined: 1, eventIds: [] }]);
    expect(head()).toBe(headBefore);
    const [newest] = (await listQuarantined()).filter(({ id }) => earlier.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: `unexpected format at ${pointer}` });
    expect(harness.logged.join("\n")).not.toContain("hunter2");
  });

  it("invalid JSON, and an empty body", async () => {
    for (const body of ["{", ""]) expect((await sendGeneric(harness, body)).body).toMatchObject({ accepted: 0, quarantined: 1 });
  });
});

describe("a hostile event", () => {
  it("changes nothing except its own customer's timeline", async () => {
    const email = `hostile-${newId()}@customer.example`;
    const data = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}');
    const title = `"><script>alert(1)</script>${newId()}`;
    const id = `../../${newId()}:generic.event:'; drop table events --`;
    const response = await sendGeneric(harness, eventOf({ email }, { id, title, data }));
    expect(response.body.accepted).toBe(1);
    expect(await titlesOf(`email:${email}`)).toEqual([title]);
    expect({}).not.toHaveProperty("polluted");
    const { body } = await harness.context(`generic.event:${id}`);
    expect(body.match.state).toBe("resolved");
  });

  it("shows no address to a role with masked addresses", async () => {
    const email = `masked-${newId()}@customer.example`;
    const response = await sendGeneric(harness, eventOf({ email }, { title: `Ask ${email}`, data: { contact: email } }));
    const paths = [
      `/v1/events/${response.body.eventIds[0]}`,
      "/v1/events?limit=5",
      `/v1/context/${encodeURIComponent(`email:${email}`)}`,
    ];
    for (const path of paths) {
      const { status, text } = await harness.request(path, { role: "agent" });
      if (status === 200) expect(text.replaceAll(`email:${email}`, ""), path).not.toContain(email);
    }
  });
});

describe("a generic webhook is refused, and nothing is stored", () => {
  const body = JSON.stringify(eventOfUnknown());
  const secrets = () => harness.webhooks["acme"]!;
  const seconds = (offset = 0) => String(Math.floor(harness.clock.now() / 1000) + offset);
  const signedHeaders = (id: string, timestamp = seconds(), text = body, secret = secrets().generic) =>
    standardSignature(secret, id, timestamp, text);
  const cases: [string, () => Parameters<typeof sendGeneric>[2]][] = [
    ["with a wrong secret", () => ({ secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` })],
    ["with another tenant's secret", () => ({ secret: harness.webhooks["globex"]!.generic })],
    ["with another connection's secret", () => ({ secret: secrets().salesforceCallout })],
    ["with the secret's text as the key", () => ({ secret: Buffer.from(secrets().generic).toString("base64") })],
    ["with an expired timestamp", () => ({ timestamp: seconds(-301) })],
    ["with a timestamp in the future", () => ({ timestamp: seconds(301) })],
    ["with an invalid timestamp", () => ({ timestamp: "yesterday" })],
    ["with a timestamp in milliseconds", () => ({ timestamp: String(harness.clock.now()) })],
    ["with a timestamp in RFC 3339", () => ({ timestamp: now() })],
    ["without a timestamp", () => ({ timestamp: "" })],
    ["without an id", () => ({ id: "" })],
    ["without a signature", () => ({ signature: "" })],
    ["with a version alone", () => ({ signature: "v1," })],
    ["with a short signature", () => ({ signature: "v1,YWJj" })],
    ["with half a signature", () => ({ id: "msg_1", signature: signedHeaders("msg_1").slice(0, 24) })],
    ["with a signature that is not base64", () => ({ signature: `v1,${"!".repeat(43)}=` })],
    ["with a signature without a version", () => ({ id: "msg_1", signature: signedHeaders("msg_1").slice(3) })],
    ["with a signature of another version", () => ({ id: "msg_1", signature: signedHeaders("msg_1").replace("v1,", "v1a,") })],
    ["with another message's signature", () => ({ id: "msg_1", signature: signedHeaders("msg_2") })],
    ["with another moment's signature", () => ({ id: "msg_1", signature: signedHeaders("msg_1", seconds(-10)) })],
    [
      "with a tampered body",
      () => ({ id: "msg_1", signature: signedHeaders("msg_1", seconds(), body.replace("overdue", "settled")) }),
    ],
    ["with an oversized signature", () => ({ signature: `v1,${"A".repeat(8_000)}` })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: harness.webhooks["globex"]!.token.generic })],
    ["at another platform's path", () => ({ token: secrets().token.zendesk })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const [headBefore, earlier] = [head(), await listQuarantined()];
    const answer = await sendGeneric(harness, body, sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), await listQuarantined()]).toEqual([headBefore, earlier]);
  });

  it("accepts one good signature among others", async () => {
    const wrongSignature = standardSignature(harness.webhooks["globex"]!.generic, "msg_list", seconds(), body);
    const signature = `v1a,xyz ${wrongSignature} ${signedHeaders("msg_list")}`;
    expect((await sendGeneric(harness, body, { id: "msg_list", signature })).status).toBe(202);
  });

  it("keeps a tenant's event from the other tenant", async () => {
    const headBefore = head();
    const answer = await sendGeneric(harness, eventOf({ email: "ada@customer.example" }), { tenant: "globex" });
    expect([answer.status, head()]).toEqual([202, headBefore]);
  });
});

function eventOfUnknown() {
  return { type: "billing.invoice_overdue", at: "2026-11-20T10:00:00Z", customer: { email: "nobody@customer.example" } };
}

describe("a rotation of the secret", () => {
  it("accepts both secrets until the overlap ends", async () => {
    const overlapEnds = new Date(harness.clock.now() + 3_600_000).toISOString();
    const rotating = await openHarness({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "generic");
        webhooks[0].previous = { secret: "acme.salesforce.webhook", until: overlapEnds };
      },
    });
    try {
      const send = async (secret: string) => (await sendGeneric(rotating, eventOfUnknown(), { secret })).status;
      const { generic: present, salesforceCallout: old } = rotating.webhooks["acme"]!;
      expect([await send(present), await send(old)]).toEqual([202, 202]);
      rotating.clock.advance(7_200_000);
      expect([await send(present), await send(old)]).toEqual([202, 401]);
    } finally {
      await rotating.close();
    }
  });
});

describe("the connection", () => {
  it("is ready without a pull, and reports when it last received an event", async () => {
    const freshHarness = await openHarness({ pull: false });
    try {
      const statusOf = async () => {
        const { body } = await freshHarness.request("/v1/connections");
        return (body.items as { id: string; summary: string; state: string; streams: unknown[] }[]).find(
          (c) => c.id === "generic",
        )!;
      };
      expect(await statusOf()).toMatchObject({
        state: "ok",
        summary: "receives events",
        streams: [],
        lagSeconds: null,
        problem: null,
      });
      await sendGeneric(freshHarness, eventOfUnknown());
      expect((await statusOf()).summary).toBe("last received just now");
      expect(freshHarness.runtime.isReady().reasons.join()).not.toContain("generic");
    } finally {
      await freshHarness.close();
    }
  });
});
