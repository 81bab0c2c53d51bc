import { readHeld } from "@sidelight/context-api/ingest/quarantine.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SfRow } from "../lab/world/types.ts";
import { type House, openHouse } from "../support/house.ts";
import {
  calloutSignature,
  newNotificationId,
  organizationOf,
  outboundMessage,
  sendCallout,
  sendOutbound,
  type ToldEvent,
} from "../support/salesforceHook.ts";
import { passing } from "../support/settle.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const served = (of = house) => of.runtime.tenants.get("acme")!;
const head = () => served().tenant.log.head();
const organizationId = () => organizationOf(house);
const held = async (of = house) => await served(of).tenant.log.store.from("quarantine").select(["id", "reason"]).execute();

/** What was held since. */
async function newlyHeld(known: { id: string }[]) {
  return (await held()).filter(({ id }) => known.every((row) => row.id !== id));
}
const events = async (of = house) =>
  await served(of).tenant.log.store.from("events").select(["type", "timestamp", "event_id"]).orderBy("sequence").execute();

const acknowledged =
  /^<\?xml version="1\.0" encoding="UTF-8"\?><soapenv:Envelope xmlns:soapenv="http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/"><soapenv:Body><notificationsResponse xmlns="http:\/\/soap\.sforce\.com\/2005\/09\/outbound"><Ack>true<\/Ack><\/notificationsResponse><\/soapenv:Body><\/soapenv:Envelope>$/;

const accounts = (of = house): SfRow[] =>
  [...of.lab.tenants["acme"]!.world.salesforce.tables.Account.values()].filter((a) => a["IsDeleted"] !== true);
const account = (i = 0) => accounts()[i]!;

const settle = async (of: House) => await passing(of.clock, served(of).hub.followUps.settled(), 50);

/** Lets what webhooks pointed at be fetched. @returns the queries that it took */
async function followed(of: House, send: () => Promise<unknown>) {
  await settle(of);
  const before = of.requests("salesforce").length;
  await send();
  await settle(of);
  return of.requests("salesforce", before).filter((r) => r.path.includes("/query"));
}

/** A change made by somebody in Salesforce. */
function rename(of: House, row: SfRow, name: string): void {
  const { world } = of.lab.tenants["acme"]!;
  const stamp = new Date(of.clock.now()).toISOString();
  world.change(() => world.salesforce.tables.Account.put({ ...row, Name: name, LastModifiedDate: stamp, SystemModstamp: stamp }));
}

describe("an outbound message", () => {
  it("is acknowledged in SOAP once it is kept, and shows the object as it is now", async () => {
    const ref = `salesforce.account:${account().Id}`;
    rename(house, account(), "Newly Named Trading");
    const xml = outboundMessage(
      [{ id: account().Id, fields: { Name: "An Older Name", LastModifiedDate: "2026-11-20T15:04:00.000Z" } }],
      {
        organizationId: organizationId(),
      },
    );
    const before = (await events()).length;
    const queries = await followed(house, async () => {
      const answer = await sendOutbound(house, xml);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/xml; charset=utf-8"]);
      expect(answer.text).toMatch(acknowledged);
      expect((await events()).slice(before)).toEqual([
        expect.objectContaining({ type: "salesforce.account.updated", timestamp: Date.parse("2026-11-20T15:04:00Z") }),
      ]);
    });
    expect(queries).toHaveLength(1);
    const after = await house.context(ref);
    expect(after.body.sections.account!.data!.name).toBe("Newly Named Trading");
    expect(after.tier).toBe("store");
  });

  it("counts once, however often it is sent, and in whatever company", async () => {
    const [first, second] = [newNotificationId(), newNotificationId()];
    const one = { id: account().Id, notificationId: first };
    await sendOutbound(house, outboundMessage([one], { organizationId: organizationId() }));
    const before = head();
    for (const notified of [[one], [one, one]])
      expect((await sendOutbound(house, outboundMessage(notified, { organizationId: organizationId() }))).text).toMatch(
        acknowledged,
      );
    expect(head()).toBe(before);
    await sendOutbound(house, outboundMessage([one, { ...one, notificationId: second }], { organizationId: organizationId() }));
    expect(head()).toBe(before + 1);
  });

  it("of a hundred notifications costs one query", async () => {
    const ids = accounts().map((a) => a.Id);
    const { contact } = house.lab.tenants["acme"]!.world.ids.salesforce;
    const contacts = Array.from({ length: 100 }, (_, i) => ({ id: contact(i), object: "Contact" }));
    const message = (notified: typeof contacts) => outboundMessage(notified, { organizationId: organizationId() });
    const before = (await events()).length;
    expect(await followed(house, () => sendOutbound(house, message(contacts)))).toHaveLength(1);
    expect((await events()).length - before).toBeGreaterThanOrEqual(100);
    const mixed = [...ids.map((id) => ({ id, object: "Account" })), ...contacts.slice(0, 80)];
    expect(await followed(house, () => sendOutbound(house, message(mixed)))).toHaveLength(2);
  });

  it("tells of an object in the recycle bin, which goes from the answer", async () => {
    const [lead] = [...house.lab.tenants["acme"]!.world.salesforce.tables.Lead.values()].filter((l) => l["IsDeleted"] !== true);
    const ref = `salesforce.lead:${lead!.Id}`;
    expect((await house.context(ref)).body.match.state).toBe("resolved");
    const { world } = house.lab.tenants["acme"]!;
    const stamp = new Date(house.clock.now()).toISOString();
    world.change(() => world.salesforce.tables.Lead.put({ ...lead!, IsDeleted: true, SystemModstamp: stamp }));
    const xml = outboundMessage([{ id: lead!.Id, object: "Lead" }], { organizationId: organizationId() });
    await followed(house, () => sendOutbound(house, xml));
    expect((await house.context(ref)).body.match.state).toBe("none");
  });

  it("is read with a byte order mark, ids of 15 characters, another prefix, and CDATA", async () => {
    const short = organizationId().slice(0, 15);
    const given = [
      outboundMessage([{ id: account().Id.slice(0, 15) }], { organizationId: short, bom: true }),
      outboundMessage([{ id: account().Id }], { organizationId: `${short}ZZZ` }),
      outboundMessage([{ id: account().Id, object: "ns1:Account" }], { organizationId: organizationId() }),
      outboundMessage([{ id: account().Id, fields: { Name: "&lt;![CDATA[ & ]]>" } }], {
        organizationId: organizationId(),
      }).replace(`<OrganizationId>${organizationId()}<`, `<OrganizationId><![CDATA[${organizationId()}]]><`),
    ];
    for (const xml of given) {
      const before = head();
      expect((await sendOutbound(house, xml)).text).toMatch(acknowledged);
      expect(head()).toBe(before + 1);
    }
  });

  it("is kept, and acknowledged, where it can't be used", async () => {
    const options = { organizationId: organizationId() };
    const many = Array.from({ length: 101 }, () => ({ id: account().Id }));
    const cases: [string, string][] = [
      ["unknown_type", outboundMessage([{ id: "a015g000002abcdAAA", object: "Invoice__c" }], options)],
      ["unknown_type", outboundMessage([{ id: account().Id, object: "constructor" }], options)],
      ["unreadable", outboundMessage([{ id: house.lab.tenants["acme"]!.world.ids.salesforce.contact(1) }], options)],
      ["unreadable", outboundMessage([{ id: "001" }], options)],
      ["unreadable", outboundMessage([{ id: account().Id, notificationId: "../../x" }], options)],
      ["unreadable", outboundMessage(many, options)],
      ["unreadable", outboundMessage([], options)],
    ];
    const sequence = head();
    for (const [reason, xml] of cases) {
      const known = await held();
      expect((await sendOutbound(house, xml)).text).toMatch(acknowledged);
      expect(await newlyHeld(known), xml.slice(0, 900)).toMatchObject([{ reason }]);
    }
    expect(head()).toBe(sequence);
  });

  it("that is half usable is used by half, held whole, and read anew when it is released; never with the session that it brought", async () => {
    const usable = { id: account().Id };
    const sessionId = "00D!the.session.of.somebody";
    const xml = outboundMessage([usable, { id: "a015g000002abcdAAA", object: "Invoice__c" }], {
      organizationId: organizationId(),
      sessionId,
    });
    const [before, known] = [head(), await held()];
    await sendOutbound(house, xml);
    expect(head()).toBe(before + 1);
    const { id } = (await newlyHeld(known))[0]!;
    const { delivery } = (await readHeld(served().tenant.log, id))!;
    const kept = delivery.body.toString();
    expect(kept).toContain("Invoice__c");
    for (const gone of [sessionId, "SessionId", "EnterpriseUrl", "PartnerUrl", "services/Soap"]) expect(kept).not.toContain(gone);
    expect(await served().hub.release(id)).toMatchObject({
      accepted: 0,
      duplicates: 1,
      unusable: [expect.stringMatching(/^unknown_type/)],
    });
  });

  it("isn't acknowledged while the store is lost", async () => {
    const own = await openHouse({ pull: false });
    try {
      const xml = outboundMessage([{ id: account().Id }], { organizationId: organizationOf(own) });
      await own.runtime.writer.close();
      const answer = await sendOutbound(own, xml);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeLessThan(60);
      expect(answer.text).not.toContain("Ack");
    } finally {
      await own.close();
    }
  });
});

describe("an outbound message is refused, and nothing is kept", () => {
  const xml = (more: object = {}) => outboundMessage([{ id: account().Id }], { organizationId: organizationId(), ...more });
  const bomb = `<!DOCTYPE lolz [<!ENTITY a "lol">${"bcdefghij".replace(/./g, (c) => `<!ENTITY ${c} "${`&${String.fromCharCode(c.charCodeAt(0) - 1)};`.repeat(10)}">`)}]>`;
  const foreign = () => house.webhooks["globex"]!.token;
  const cases: [string, () => [string, Parameters<typeof sendOutbound>[2]?]][] = [
    ["of another organisation", () => [xml({ organizationId: organizationOf(house, "globex") })]],
    ["of an organisation in another case", () => [xml({ organizationId: organizationId().slice(0, 15).toLowerCase() })]],
    ["of an id that is longer", () => [xml({ organizationId: `${organizationId()}x` })]],
    ["of an id that is shorter", () => [xml({ organizationId: organizationId().slice(0, 14) })]],
    ["of no organisation", () => [xml().replace(/<OrganizationId>.*<\/OrganizationId>/, "")]],
    ["of two organisations", () => [xml().replace(/(<OrganizationId>.*<\/OrganizationId>)/, "$1$1")]],
    ["at another tenant's path", () => [xml(), { token: foreign().salesforce }]],
    ["at another webhook's path", () => [xml(), { token: house.webhooks["acme"]!.token.zendesk }]],
    ["at the callouts' path", () => [xml(), { token: house.webhooks["acme"]!.token.salesforceCallout }]],
    ["with a DTD", () => [xml({ prolog: '<!DOCTYPE x SYSTEM "file:///etc/passwd">' })]],
    [
      "with an external entity",
      () => [xml({ prolog: '<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>' }).replace(organizationId(), "&xxe;")],
    ],
    ["with entities of entities", () => [xml({ prolog: bomb })]],
    ["deeper than any", () => [`${"<a>".repeat(50_000)}${"</a>".repeat(50_000)}`]],
    ["cut in the middle", () => [xml().slice(0, -60)]],
    ["that is JSON", () => ['{"OrganizationId":"00D"}']],
    ["that is empty", () => [""]],
    ["in another envelope", () => [`<OrganizationId>${organizationId()}</OrganizationId>`]],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const before = [head(), (await held()).length];
    const [text, more] = sending();
    const answer = await sendOutbound(house, text, more);
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), (await held()).length]).toEqual(before);
  });

  it("without the client certificate that is asked for", async () => {
    const fingerprint = "ab".repeat(32);
    const strict = await openHouse({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        webhooks[0].clientCertificate = { header: "X-Client-Cert-Sha256", fingerprint: fingerprint.replace(/..(?!$)/g, "$&:") };
      },
    });
    try {
      const send = async (headers: Record<string, string>) => {
        const message = outboundMessage([{ id: account().Id }], { organizationId: organizationOf(strict) });
        return (await sendOutbound(strict, message, { headers })).status;
      };
      expect(await send({})).toBe(401);
      expect(await send({ "x-client-cert-sha256": "" })).toBe(401);
      expect(await send({ "x-client-cert-sha256": "ab".repeat(31) })).toBe(401);
      expect(await send({ "x-client-cert-sha256": "cd".repeat(32) })).toBe(401);
      expect(await send({ "x-client-cert-sha256": fingerprint.toUpperCase() })).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it("from outside the networks that are allowed", async () => {
    const fenced = await openHouse({
      pull: false,
      configure: (config) => {
        config.http.trustedProxies = 1;
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        webhooks[0].allowFrom = ["136.146.0.0/15"];
      },
    });
    try {
      const send = async (address: string) => {
        const message = outboundMessage([{ id: account().Id }], { organizationId: organizationOf(fenced) });
        return (await sendOutbound(fenced, message, { headers: { "x-forwarded-for": address } })).status;
      };
      expect([await send("136.147.1.2"), await send("203.0.113.9")]).toEqual([200, 401]);
    } finally {
      await fenced.close();
    }
  });
});

describe("a callout", () => {
  const told = (more: Partial<ToldEvent> = {}): ToldEvent => ({ object: "Account", id: account().Id, what: "updated", ...more });

  it("is kept as what it names, and the objects are fetched by one query", async () => {
    rename(house, account(1), "Told By A Flow");
    const before = (await events()).length;
    const [deal] = [...house.lab.tenants["acme"]!.world.salesforce.tables.Opportunity.values()];
    const at = "2026-11-20T15:04:05.678+01:00";
    const queries = await followed(house, async () => {
      const answer = await sendCallout(house, [
        told({ id: account(1).Id }),
        told({ id: account(2).Id.slice(0, 15), what: "deleted" }),
        told({ object: "Opportunity", id: deal!.Id, what: "closed_won", name: "renewed_early", at }),
      ]);
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ accepted: 3, duplicates: 0, quarantined: 0 });
      const kept = (await events()).slice(before);
      expect(kept.map((e) => e.event_id)).toEqual(answer.body.eventIds);
      expect(kept.map((e) => e.type)).toEqual([
        "salesforce.account.updated",
        "salesforce.account.deleted",
        "salesforce.opportunity.closed_won",
      ]);
      expect(kept[2]!.timestamp).toBe(Date.parse(at));
    });
    expect(queries).toHaveLength(2);
    expect((await house.context(`salesforce.account:${account(1).Id}`)).body.sections.account!.data!.name).toBe("Told By A Flow");
  });

  it("counts once under its id, whatever timestamp it is signed with anew", async () => {
    const id = "msg_once";
    const first = await sendCallout(house, [told(), told()], { id });
    expect(first.body.accepted).toBe(2);
    house.clock.advance(30_000);
    const again = await sendCallout(house, [told(), told()], { id });
    expect(again.body).toEqual({ accepted: 0, duplicates: 2, quarantined: 0, eventIds: first.body.eventIds });
    expect((await sendCallout(house, [told()], { id: "msg_other" })).body.accepted).toBe(1);
  });

  it("of what nobody can use is kept, and never refused", async () => {
    const partly = await sendCallout(house, [
      told(),
      told({ object: "Invoice__c" }),
      told({ what: "Closed Won" }),
      told({ id: "001" }),
      told({ at: "yesterday" }),
    ]);
    expect([partly.status, partly.body.accepted, partly.body.quarantined]).toEqual([202, 1, 4]);
    const none = [{ events: [] }, { events: "x" }, {}, "not json", "", "[]", { events: Array(201).fill(told()) }];
    for (const body of none) expect((await sendCallout(house, body)).body).toMatchObject({ accepted: 0, quarantined: 1 });
  });

  const body = () => JSON.stringify({ events: [{ ...told(), at: new Date(house.clock.now()).toISOString() }] });
  const seconds = (ms = 0) => String(Math.floor((house.clock.now() + ms) / 1000));
  const own = () => house.webhooks["acme"]!;
  const signed = (text: string) => calloutSignature(own().salesforceCallout, "msg_1", seconds(), text);
  const cases: [string, () => Parameters<typeof sendCallout>[2]][] = [
    ["with a wrong secret", () => ({ secret: `whsec_${Buffer.alloc(32).toString("base64")}` })],
    ["with another tenant's secret", () => ({ secret: house.webhooks["globex"]!.salesforceCallout })],
    ["with another connection's secret", () => ({ secret: own().generic })],
    ["with a stale timestamp", () => ({ timestamp: seconds(-301_000) })],
    ["with a timestamp of the future", () => ({ timestamp: seconds(302_000) })],
    ["with milliseconds", () => ({ timestamp: String(house.clock.now()) })],
    ["without a timestamp", () => ({ timestamp: "" })],
    ["without an id", () => ({ id: "" })],
    ["with another id than was signed", () => ({ id: "msg_2", signature: signed(body()) })],
    ["with a tampered body", () => ({ id: "msg_1", signature: signed(body().replace("updated", "deleted")) })],
    ["without a signature", () => ({ signature: "" })],
    ["with a short signature", () => ({ signature: "v1,YWJj" })],
    ["with a signature that is no base64", () => ({ signature: `v1,${"!".repeat(44)}` })],
    ["with a signature of no version", () => ({ id: "msg_1", signature: signed(body()).slice(3) })],
    ["with the secret's text for a key", () => ({ signature: "v1,8Jq1N5fOi9jzYlqUO6Uys5k6DM2aF1fZQd2QzHqL0xk=" })],
    ["at another tenant's path", () => ({ token: house.webhooks["globex"]!.token.salesforceCallout })],
    ["at the outbound messages' path", () => ({ token: own().token.salesforce })],
  ];

  it.each(cases)("%s is refused, and nothing is kept", async (_, sending) => {
    const before = [head(), (await held()).length];
    const answer = await sendCallout(house, body(), sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), (await held()).length]).toEqual(before);
  });

  it("is taken under the secret before this one, until their overlap ends", async () => {
    const until = new Date(house.clock.now() + 3_600_000).toISOString();
    const rotating = await openHouse({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        webhooks[1].previous = { secret: "acme.generic.webhook", until };
      },
    });
    try {
      const { salesforceCallout: present, generic: old } = rotating.webhooks["acme"]!;
      const send = async (secret: string) => (await sendCallout(rotating, [told()], { secret })).status;
      expect([await send(present), await send(old)]).toEqual([202, 202]);
      rotating.clock.advance(7_200_000);
      expect([await send(present), await send(old)]).toEqual([202, 401]);
    } finally {
      await rotating.close();
    }
  });
});
