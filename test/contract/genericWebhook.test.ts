import { randomUUID } from "node:crypto";
import type { Event } from "@sidelight/contracts/events/event.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendGeneric, standardSignature } from "../support/genericHook.ts";
import { type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const log = (tenant = "acme") => house.runtime.tenants.get(tenant)!.tenant.log;
const head = (tenant?: string) => log(tenant).head();
const held = async () => (await house.ask("/v1/quarantine?source=generic&state=held")).body.items as Record<string, string>[];
const newId = () => `inv-${randomUUID()}`;
const now = () => new Date(house.clock.now()).toISOString();

interface Customer {
  email?: string | null;
  ref?: string;
  userId?: string | number;
}

const eventOf = (customer: Customer, more: object = {}) => ({
  id: newId(),
  type: "billing.invoice_overdue",
  at: now(),
  customer,
  title: "Invoice 2031 is overdue",
  data: { invoice: "2031", amount: { value: 1200, currency: "EUR" } },
  ...more,
});

/** Two customers whom everybody knows by their address, of different companies. */
async function known(): Promise<{ ref: string; id: string; email: string; company: string }[]> {
  const found: { ref: string; id: string; email: string; company: string }[] = [];
  for (const ref of house.lab.tenants["acme"]!.examples.resolved) {
    const { customer } = (await house.context(ref)).body;
    if (!customer?.email || !customer.company || found.some((f) => f.company === customer.company!.id)) continue;
    found.push({ ref, id: customer.id, email: customer.email, company: customer.company.id });
  }
  return found;
}

const titlesOf = async (ref: string): Promise<string[]> => {
  const { body } = await house.ask(`/v1/timeline/${encodeURIComponent(ref)}?source=generic&limit=1000`);
  return (body.items as { title: string }[]).map((item) => item.title);
};
const logged = async (id: string): Promise<Event> => (await house.ask(`/v1/events/${id}`)).body;

describe("an event of one's own", () => {
  it("shows in the timeline of whom it names by an address, and in nobody else's", async () => {
    const [ada, grace] = await known();
    const title = `Overdue ${newId()}`;
    await house.context(ada!.ref);
    const asked = house.requests().length;
    const answer = await sendGeneric(house, eventOf({ email: `  ${ada!.email.toUpperCase()} ` }, { title }));
    expect([answer.status, answer.body]).toEqual([
      202,
      { accepted: 1, duplicates: 0, quarantined: 0, eventIds: [expect.stringMatching(/^evt_/)] },
    ]);
    const shown = (await house.context(ada!.ref)).body;
    expect(shown.customer!.id).toBe(ada!.id);
    expect(shown.sections.timeline!.data!.items).toContainEqual(
      expect.objectContaining({ source: "generic", kind: "activity", title, detail: "billing.invoice_overdue", link: null }),
    );
    expect(house.requests().length).toBe(asked);
    for (const other of [grace!.ref, grace!.company, ada!.company]) expect(await titlesOf(other), other).not.toContain(title);
    expect(await titlesOf(`email:${ada!.email}`)).toContain(title);
  });

  it("is told by the log with its own type and data, and with its customer", async () => {
    const [ada] = await known();
    const interaction = { type: "invoice", priority: "high", description: "x".repeat(600) };
    const sent = await sendGeneric(house, eventOf({ email: ada!.email }, { interaction, at: "2026-11-20T10:00:00+02:00" }));
    expect(await logged(sent.body.eventIds[0]!)).toMatchObject({
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

  it("is about whom a ref names, a person or a company", async () => {
    const [ada, grace] = await known();
    const { world } = house.lab.tenants["acme"]!;
    const account = [...world.salesforce.tables.Account.values()].find((a) => a["IsDeleted"] !== true)!;
    const [toUser, toAccount] = [`User ${newId()}`, `Account ${newId()}`];
    const ticket = [...world.zendesk.tickets.values()][0] as unknown as { requester_id: number };
    const user = `zendesk.user:${ticket.requester_id}`;
    await sendGeneric(house, eventOf({ ref: user, email: grace!.email }, { title: toUser }));
    await sendGeneric(house, eventOf({ ref: `salesforce.account:${account.Id}` }, { title: toAccount }));
    expect(await titlesOf(user)).toContain(toUser);
    expect(await titlesOf(`salesforce.account:${account.Id}`)).toContain(toAccount);
    const { id } = (await house.context(user)).body.customer!;
    for (const other of [ada!, grace!].filter((o) => o.id !== id)) expect(await titlesOf(other.ref)).not.toContain(toUser);
  });

  it("by the product's own id is the user's whom the analytics know by it", async () => {
    const profile = [...house.lab.tenants["acme"]!.world.mixpanel.profiles.values()].find((p) => p.properties["$email"])!;
    const title = `Used ${newId()}`;
    await sendGeneric(house, eventOf({ userId: profile.distinct_id }, { title }));
    expect(await titlesOf(`mixpanel.user:${profile.distinct_id}`)).toContain(title);
  });

  it("of somebody nobody knows is theirs once they are known, and joins what names them alike", async () => {
    const [email, userId] = [`new-${newId()}@customer.example`, `user-${newId()}`];
    const titles = [1, 2, 3].map((n) => `${n} ${newId()}`);
    await sendGeneric(house, eventOf({ email }, { title: titles[0] }));
    await sendGeneric(house, eventOf({ userId }, { title: titles[1] }));
    expect(await titlesOf(`email:${email}`)).toEqual([titles[0]]);
    await sendGeneric(house, eventOf({ email, userId }, { title: titles[2] }));
    expect((await titlesOf(`email:${email}`)).sort()).toEqual(titles);
  });

  it("may come in a list, each for itself", async () => {
    const [ada] = await known();
    const body = [eventOf({ email: ada!.email }), { hello: "world" }, eventOf({ email: ada!.email })];
    const known_ = await held();
    expect((await sendGeneric(house, body)).body).toMatchObject({ accepted: 2, duplicates: 0, quarantined: 1 });
    const [newest] = (await held()).filter(({ id }) => known_.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: "not of the known form at /1/type" });
    const released = await house.ask(`/v1/quarantine/${newest!["id"]}/release`, { method: "POST" });
    expect(released.body).toMatchObject({ accepted: 0, duplicates: 2, unusable: [expect.stringContaining("/1/type")] });
    expect((await sendGeneric(house, [])).body).toMatchObject({ accepted: 0, quarantined: 0 });
    const many = Array.from({ length: 101 }, () => eventOf({ email: ada!.email }));
    expect((await sendGeneric(house, many)).body).toMatchObject({ accepted: 0, quarantined: 1 });
    expect((await sendGeneric(house, many.slice(1))).body).toMatchObject({ accepted: 100, quarantined: 0 });
  });

  it("may be a CloudEvent", async () => {
    const [ada] = await known();
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
    const sent = await sendGeneric(house, cloudEvent, { headers });
    expect(sent.body.accepted).toBe(1);
    expect(await logged(sent.body.eventIds[0]!)).toMatchObject({
      eventType: "generic.event.com_acme_billing_invoice_overdue",
      data: { type: "com.acme.Billing.invoice-overdue", source: "/billing", title, data: { invoice: 7 } },
    });
    expect(await titlesOf(ada!.ref)).toContain(title);
    // Its name is its source's and its own: another source's is another.
    expect((await sendGeneric(house, cloudEvent, { headers })).body.duplicates).toBe(1);
    const { time: _, ...timeless } = { ...cloudEvent, source: "/shipping" };
    expect((await sendGeneric(house, timeless, { headers })).body.accepted).toBe(1);
    expect((await sendGeneric(house, { ...cloudEvent, specversion: "0.3", id: newId() })).body.quarantined).toBe(1);
  });
});

describe("the same event", () => {
  it("counts once by its own id, and by the message's where it has none", async () => {
    const [ada] = await known();
    const event = eventOf({ email: ada!.email });
    const first = await sendGeneric(house, event);
    const before = head();
    const again = await Promise.all([sendGeneric(house, event), sendGeneric(house, [event])]);
    for (const { body } of again)
      expect(body).toEqual({ accepted: 0, duplicates: 1, quarantined: 0, eventIds: first.body.eventIds });
    const { id: _, ...nameless } = event;
    const message = `msg_${randomUUID()}`;
    const sent = [await sendGeneric(house, nameless, { id: message }), await sendGeneric(house, nameless, { id: message })];
    expect(sent.map((s) => s.body.accepted)).toEqual([1, 0]);
    expect((await sendGeneric(house, nameless)).body.accepted).toBe(1);
    expect(head()).toBe(before + 2);
    expect((await sendGeneric(house, [event, eventOf({ email: ada!.email }), event])).body).toMatchObject({
      accepted: 1,
      duplicates: 2,
    });
  });
});

describe("what an event says is held when it is wrong, with its place and not its value", () => {
  const secretive = "hunter2-ada@private.example";
  const good = () => eventOf({ email: "ada@customer.example" });
  const later = () => new Date(house.clock.now() + 2 * 86_400_000).toISOString();
  const cloud = (more: object) => ({
    specversion: "1.0",
    id: newId(),
    source: "/s",
    type: "a.b",
    data: { customer: { email: "a@b.example" } },
    ...more,
  });
  const cases: [string, () => unknown, string][] = [
    ["no type", () => ({ ...good(), type: undefined }), "/type"],
    ["a type in other letters", () => ({ ...good(), type: `Billing.${secretive}` }), "/type"],
    ["no time", () => ({ ...good(), at: undefined }), "/at"],
    ["a time that is none", () => ({ ...good(), at: secretive }), "/at"],
    ["a day that is none", () => ({ ...good(), at: "2026-02-30T00:00:00Z" }), "/at"],
    ["a time without a zone", () => ({ ...good(), at: "2026-11-20T10:00:00" }), "/at"],
    ["a time of long ago", () => ({ ...good(), at: "0001-01-01T00:00:00Z" }), "/at"],
    ["a time of the future", () => ({ ...good(), at: later() }), "/at"],
    ["no customer", () => ({ ...good(), customer: undefined }), "/customer"],
    ["a customer without a name", () => ({ ...good(), customer: {} }), "/customer"],
    ["an address that is none", () => ({ ...good(), customer: { email: `${secretive} and more` } }), "/customer/email"],
    ["a ref that is none", () => ({ ...good(), customer: { ref: secretive } }), "/customer/ref"],
    ["a ref by an address", () => ({ ...good(), customer: { ref: `email:${secretive}` } }), "/customer/ref"],
    ["a ref to no customer", () => ({ ...good(), customer: { ref: "zendesk.ticket:1" } }), "/customer/ref"],
    ["a user id with a control character", () => ({ ...good(), customer: { userId: "a\u0000b" } }), "/customer/userId"],
    ["a user id that is no text", () => ({ ...good(), customer: { userId: "\ud800" } }), "/customer/userId"],
    ["a misspelt member", () => ({ ...good(), costumer: secretive }), "its root"],
    ["an id that is too long", () => ({ ...good(), id: "x".repeat(201) }), "/id"],
    ["an id that is no text", () => ({ ...good(), id: "\udfff" }), "/id"],
    ["a title that is none", () => ({ ...good(), title: { secretive } }), "/title"],
    ["data that is no object", () => ({ ...good(), data: [secretive] }), "/data"],
    ["data of more than 16 KB", () => ({ ...good(), data: { text: secretive.repeat(700) } }), "/data"],
    ["an interaction of another form", () => ({ ...good(), interaction: { type: 1 } }), "/interaction/type"],
    ["a CloudEvent without its source", () => cloud({ source: undefined }), "/source"],
    ["a CloudEvent with its data in base64", () => cloud({ data: undefined, data_base64: "e30=" }), "/data"],
    ["a CloudEvent of no customer", () => cloud({ data: { invoice: secretive } }), "/data/customer"],
    ["a CloudEvent about a ticket", () => cloud({ data: { customer: { ref: "zendesk.ticket:1" } } }), "/data/customer/ref"],
    ["a CloudEvent of the future", () => cloud({ time: later() }), "/time"],
    [
      "a CloudEvent with much data",
      () => cloud({ data: { customer: { email: "a@b.example" }, text: "x".repeat(17_000) } }),
      "/data",
    ],
    ["a text", () => JSON.stringify(secretive), "its root"],
    ["a null", () => "null", "its root"],
  ];

  it.each(cases)("%s", async (_, body, pointer) => {
    const [before, earlier] = [head(), await held()];
    const answer = await sendGeneric(house, body());
    expect([answer.status, answer.body]).toEqual([202, { accepted: 0, duplicates: 0, quarantined: 1, eventIds: [] }]);
    expect(head()).toBe(before);
    const [newest] = (await held()).filter(({ id }) => earlier.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: `not of the known form at ${pointer}` });
    expect(house.logged.join("\n")).not.toContain("hunter2");
  });

  it("no JSON, and nothing", async () => {
    for (const body of ["{", ""]) expect((await sendGeneric(house, body)).body).toMatchObject({ accepted: 0, quarantined: 1 });
  });
});

describe("a hostile event", () => {
  it("changes nothing but its own customer's story", async () => {
    const email = `hostile-${newId()}@customer.example`;
    const data = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}');
    const title = `"><script>alert(1)</script>${newId()}`;
    const id = `../../${newId()}:generic.event:'; drop table events --`;
    const sent = await sendGeneric(house, eventOf({ email }, { id, title, data }));
    expect(sent.body.accepted).toBe(1);
    expect(await titlesOf(`email:${email}`)).toEqual([title]);
    expect({}).not.toHaveProperty("polluted");
    const { body } = await house.context(`generic.event:${id}`);
    expect(body.match.state).toBe("resolved");
  });

  it("shows no address to whom addresses are masked for", async () => {
    const email = `masked-${newId()}@customer.example`;
    const sent = await sendGeneric(house, eventOf({ email }, { title: `Ask ${email}`, data: { contact: email } }));
    const paths = [
      `/v1/events/${sent.body.eventIds[0]}`,
      "/v1/events?limit=5",
      `/v1/context/${encodeURIComponent(`email:${email}`)}`,
    ];
    for (const path of paths) {
      const { status, text } = await house.ask(path, { role: "agent" });
      if (status === 200) expect(text.replaceAll(`email:${email}`, ""), path).not.toContain(email);
    }
  });
});

describe("a webhook of one's own is refused, and nothing is kept", () => {
  const body = JSON.stringify(eventOfNobody());
  const own = () => house.webhooks["acme"]!;
  const seconds = (offset = 0) => String(Math.floor(house.clock.now() / 1000) + offset);
  const signed = (id: string, timestamp = seconds(), text = body, secret = own().generic) =>
    standardSignature(secret, id, timestamp, text);
  const cases: [string, () => Parameters<typeof sendGeneric>[2]][] = [
    ["with a wrong secret", () => ({ secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` })],
    ["with another tenant's secret", () => ({ secret: house.webhooks["globex"]!.generic })],
    ["with another connection's secret", () => ({ secret: own().salesforceCallout })],
    ["with the secret as it is written", () => ({ secret: Buffer.from(own().generic).toString("base64") })],
    ["with a stale timestamp", () => ({ timestamp: seconds(-301) })],
    ["with a timestamp of the future", () => ({ timestamp: seconds(301) })],
    ["with a timestamp that is none", () => ({ timestamp: "yesterday" })],
    ["with a timestamp in milliseconds", () => ({ timestamp: String(house.clock.now()) })],
    ["with a timestamp in RFC 3339", () => ({ timestamp: now() })],
    ["without a timestamp", () => ({ timestamp: "" })],
    ["without an id", () => ({ id: "" })],
    ["without a signature", () => ({ signature: "" })],
    ["with a version alone", () => ({ signature: "v1," })],
    ["with a short signature", () => ({ signature: "v1,YWJj" })],
    ["with half a signature", () => ({ id: "msg_1", signature: signed("msg_1").slice(0, 24) })],
    ["with a signature that is no base64", () => ({ signature: `v1,${"!".repeat(43)}=` })],
    ["with a signature of no version", () => ({ id: "msg_1", signature: signed("msg_1").slice(3) })],
    ["with a signature of another version", () => ({ id: "msg_1", signature: signed("msg_1").replace("v1,", "v1a,") })],
    ["with another message's signature", () => ({ id: "msg_1", signature: signed("msg_2") })],
    ["with another moment's signature", () => ({ id: "msg_1", signature: signed("msg_1", seconds(-10)) })],
    ["with a tampered body", () => ({ id: "msg_1", signature: signed("msg_1", seconds(), body.replace("overdue", "settled")) })],
    ["with a signature longer than any", () => ({ signature: `v1,${"A".repeat(8_000)}` })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: house.webhooks["globex"]!.token.generic })],
    ["at another platform's path", () => ({ token: own().token.zendesk })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const [before, earlier] = [head(), await held()];
    const answer = await sendGeneric(house, body, sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), await held()]).toEqual([before, earlier]);
  });

  it("but for one good signature among others", async () => {
    const wrong = standardSignature(house.webhooks["globex"]!.generic, "msg_list", seconds(), body);
    const signature = `v1a,xyz ${wrong} ${signed("msg_list")}`;
    expect((await sendGeneric(house, body, { id: "msg_list", signature })).status).toBe(202);
  });

  it("and one tenant's event is not another's", async () => {
    const before = head();
    const answer = await sendGeneric(house, eventOf({ email: "ada@customer.example" }), { tenant: "globex" });
    expect([answer.status, head()]).toEqual([202, before]);
  });
});

function eventOfNobody() {
  return { type: "billing.invoice_overdue", at: "2026-11-20T10:00:00Z", customer: { email: "nobody@customer.example" } };
}

describe("a rotation of the secret", () => {
  it("has two secrets valid, until the overlap ends", async () => {
    const until = new Date(house.clock.now() + 3_600_000).toISOString();
    const rotating = await openHouse({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "generic");
        webhooks[0].previous = { secret: "acme.salesforce.webhook", until };
      },
    });
    try {
      const send = async (secret: string) => (await sendGeneric(rotating, eventOfNobody(), { secret })).status;
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
  it("is ready without a pull, and tells when something last came", async () => {
    const own = await openHouse({ pull: false });
    try {
      const told = async () => {
        const { body } = await own.ask("/v1/connections");
        return (body.items as { id: string; summary: string; state: string; streams: unknown[] }[]).find(
          (c) => c.id === "generic",
        )!;
      };
      expect(await told()).toMatchObject({
        state: "ok",
        summary: "takes what it is sent",
        streams: [],
        lagSeconds: null,
        problem: null,
      });
      await sendGeneric(own, eventOfNobody());
      expect((await told()).summary).toBe("last received just now");
      expect(own.runtime.isReady().reasons.join()).not.toContain("generic");
    } finally {
      await own.close();
    }
  });
});
