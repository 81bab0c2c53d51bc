import { readQuarantined } from "@sidelight/context-api/ingest/quarantine.ts";
import { queriesOf } from "@sidelight/context-api/store/queries.ts";
import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import {
  type CalloutEventInput,
  calloutSignature,
  newNotificationId,
  organizationOf,
  outboundMessage,
  sendCallout,
  sendOutbound,
} from "../harness/salesforceWebhook.ts";
import type { SfRow } from "../lab/world/types.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const tenantOf = (target = harness) => target.runtime.tenants.get("acme")!;
const head = () => tenantOf().tenant.log.head();
const organizationId = () => organizationOf(harness);
const listQuarantined = async (target = harness) =>
  await queriesOf(tenantOf(target).tenant.log.store).from("quarantine").select(["id", "reason"]).execute();

/** Quarantined messages since then. */
async function newlyQuarantined(knownIds: { id: string }[]) {
  return (await listQuarantined()).filter(({ id }) => knownIds.every((row) => row.id !== id));
}
const events = async (target = harness) =>
  await queriesOf(tenantOf(target).tenant.log.store)
    .from("events")
    .select(["type", "timestamp", "event_id"])
    .orderBy("sequence")
    .execute();

const ackPattern =
  /^<\?xml version="1\.0" encoding="UTF-8"\?><soapenv:Envelope xmlns:soapenv="http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/"><soapenv:Body><notificationsResponse xmlns="http:\/\/soap\.sforce\.com\/2005\/09\/outbound"><Ack>true<\/Ack><\/notificationsResponse><\/soapenv:Body><\/soapenv:Envelope>$/;

const accounts = (target = harness): SfRow[] =>
  [...target.lab.tenants["acme"]!.world.salesforce.tables.Account.values()].filter((a) => a["IsDeleted"] !== true);
const account = (i = 0) => accounts()[i]!;

const settle = async (target: Harness) =>
  await advanceUntilSettled(target.clock, tenantOf(target).ingest.followUps.settled(), 50);

/** Fetches the objects that webhooks named. @returns the queries of that fetch */
async function followed(target: Harness, send: () => Promise<unknown>) {
  await settle(target);
  const previous = target.requests("salesforce").length;
  await send();
  await settle(target);
  return target.requests("salesforce", previous).filter((r) => r.path.includes("/query"));
}

/** A change by a person in Salesforce. */
function rename(target: Harness, row: SfRow, name: string): void {
  const { world } = target.lab.tenants["acme"]!;
  const stamp = new Date(target.clock.now()).toISOString();
  world.change(() => world.salesforce.tables.Account.put({ ...row, Name: name, LastModifiedDate: stamp, SystemModstamp: stamp }));
}

describe("an outbound message", () => {
  it("is acknowledged in SOAP when it is stored, and the object is shown in its current state", async () => {
    const ref = `salesforce.account:${account().Id}`;
    rename(harness, account(), "Newly Named Trading");
    const xml = outboundMessage(
      [{ id: account().Id, fields: { Name: "An Older Name", LastModifiedDate: "2026-11-20T15:04:00.000Z" } }],
      {
        organizationId: organizationId(),
      },
    );
    const previous = (await events()).length;
    const queries = await followed(harness, async () => {
      const answer = await sendOutbound(harness, xml);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/xml; charset=utf-8"]);
      expect(answer.text).toMatch(ackPattern);
      expect((await events()).slice(previous)).toEqual([
        expect.objectContaining({ type: "salesforce.account.updated", timestamp: Date.parse("2026-11-20T15:04:00Z") }),
      ]);
    });
    expect(queries).toHaveLength(1);
    const context = await harness.context(ref);
    expect(context.body.sections.account!.data!.name).toBe("Newly Named Trading");
    expect(context.tier).toBe("store");
  });

  it("counts once, however often it is sent and with any others", async () => {
    const [first, second] = [newNotificationId(), newNotificationId()];
    const notification = { id: account().Id, notificationId: first };
    await sendOutbound(harness, outboundMessage([notification], { organizationId: organizationId() }));
    const previous = head();
    for (const notifications of [[notification], [notification, notification]])
      expect((await sendOutbound(harness, outboundMessage(notifications, { organizationId: organizationId() }))).text).toMatch(
        ackPattern,
      );
    expect(head()).toBe(previous);
    await sendOutbound(
      harness,
      outboundMessage([notification, { ...notification, notificationId: second }], { organizationId: organizationId() }),
    );
    expect(head()).toBe(previous + 1);
  });

  it("costs one query for a hundred notifications", async () => {
    const ids = accounts().map((a) => a.Id);
    const { contact } = harness.lab.tenants["acme"]!.world.ids.salesforce;
    const contacts = Array.from({ length: 100 }, (_, i) => ({ id: contact(i), object: "Contact" }));
    const message = (notifications: typeof contacts) => outboundMessage(notifications, { organizationId: organizationId() });
    const previous = (await events()).length;
    expect(await followed(harness, () => sendOutbound(harness, message(contacts)))).toHaveLength(1);
    expect((await events()).length - previous).toBeGreaterThanOrEqual(100);
    const mixedNotifications = [...ids.map((id) => ({ id, object: "Account" })), ...contacts.slice(0, 80)];
    expect(await followed(harness, () => sendOutbound(harness, message(mixedNotifications)))).toHaveLength(2);
  });

  it("reports an object in the recycle bin, which disappears from the context", async () => {
    const [lead] = [...harness.lab.tenants["acme"]!.world.salesforce.tables.Lead.values()].filter((l) => l["IsDeleted"] !== true);
    const ref = `salesforce.lead:${lead!.Id}`;
    expect((await harness.context(ref)).body.match.state).toBe("resolved");
    const { world } = harness.lab.tenants["acme"]!;
    const stamp = new Date(harness.clock.now()).toISOString();
    world.change(() => world.salesforce.tables.Lead.put({ ...lead!, IsDeleted: true, SystemModstamp: stamp }));
    const xml = outboundMessage([{ id: lead!.Id, object: "Lead" }], { organizationId: organizationId() });
    await followed(harness, () => sendOutbound(harness, xml));
    expect((await harness.context(ref)).body.match.state).toBe("none");
  });

  it("is parsed with a byte order mark, ids of 15 characters, another prefix, and CDATA", async () => {
    const short = organizationId().slice(0, 15);
    const variants = [
      outboundMessage([{ id: account().Id.slice(0, 15) }], { organizationId: short, bom: true }),
      outboundMessage([{ id: account().Id }], { organizationId: `${short}ZZZ` }),
      outboundMessage([{ id: account().Id, object: "ns1:Account" }], { organizationId: organizationId() }),
      outboundMessage([{ id: account().Id, fields: { Name: "&lt;![CDATA[ & ]]>" } }], {
        organizationId: organizationId(),
      }).replace(`<OrganizationId>${organizationId()}<`, `<OrganizationId><![CDATA[${organizationId()}]]><`),
    ];
    for (const xml of variants) {
      const previous = head();
      expect((await sendOutbound(harness, xml)).text).toMatch(ackPattern);
      expect(head()).toBe(previous + 1);
    }
  });

  it("is stored and acknowledged when it is unusable", async () => {
    const options = { organizationId: organizationId() };
    const notifications = Array.from({ length: 101 }, () => ({ id: account().Id }));
    const cases: [string, string][] = [
      ["unknown_type", outboundMessage([{ id: "a015g000002abcdAAA", object: "Invoice__c" }], options)],
      ["unknown_type", outboundMessage([{ id: account().Id, object: "constructor" }], options)],
      ["unreadable", outboundMessage([{ id: harness.lab.tenants["acme"]!.world.ids.salesforce.contact(1) }], options)],
      ["unreadable", outboundMessage([{ id: "001" }], options)],
      ["unreadable", outboundMessage([{ id: account().Id, notificationId: "../../x" }], options)],
      ["unreadable", outboundMessage(notifications, options)],
      ["unreadable", outboundMessage([], options)],
    ];
    const sequence = head();
    for (const [reason, xml] of cases) {
      const knownIds = await listQuarantined();
      expect((await sendOutbound(harness, xml)).text).toMatch(ackPattern);
      expect(await newlyQuarantined(knownIds), xml.slice(0, 900)).toMatchObject([{ reason }]);
    }
    expect(head()).toBe(sequence);
  });

  it("accepts its usable half, is quarantined as a whole, and is parsed again on release, never with its session id", async () => {
    const usable = { id: account().Id };
    const sessionId = "00D!the.session.of.somebody";
    const xml = outboundMessage([usable, { id: "a015g000002abcdAAA", object: "Invoice__c" }], {
      organizationId: organizationId(),
      sessionId,
    });
    const [previous, knownIds] = [head(), await listQuarantined()];
    await sendOutbound(harness, xml);
    expect(head()).toBe(previous + 1);
    const { id } = (await newlyQuarantined(knownIds))[0]!;
    const { request } = (await readQuarantined(tenantOf().tenant.log, id))!;
    const storedBody = request.body.toString();
    expect(storedBody).toContain("Invoice__c");
    for (const removedText of [sessionId, "SessionId", "EnterpriseUrl", "PartnerUrl", "services/Soap"])
      expect(storedBody).not.toContain(removedText);
    expect(await tenantOf().ingest.release(id)).toMatchObject({
      accepted: 0,
      duplicates: 1,
      unusable: [expect.stringMatching(/^unknown_type/)],
    });
  });

  it("is not acknowledged while the store is lost", async () => {
    const separateHarness = await openHarness({ pull: false });
    try {
      const xml = outboundMessage([{ id: account().Id }], { organizationId: organizationOf(separateHarness) });
      await separateHarness.runtime.writer.close();
      const answer = await sendOutbound(separateHarness, xml);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get("retry-after"))).toBeLessThan(60);
      expect(answer.text).not.toContain("Ack");
    } finally {
      await separateHarness.close();
    }
  });
});

describe("an outbound message is refused, and nothing is stored", () => {
  const xml = (overrides: object = {}) =>
    outboundMessage([{ id: account().Id }], { organizationId: organizationId(), ...overrides });
  const bomb = `<!DOCTYPE lolz [<!ENTITY a "lol">${"bcdefghij".replace(/./g, (c) => `<!ENTITY ${c} "${`&${String.fromCharCode(c.charCodeAt(0) - 1)};`.repeat(10)}">`)}]>`;
  const foreign = () => harness.webhooks["globex"]!.token;
  const cases: [string, () => [string, Parameters<typeof sendOutbound>[2]?]][] = [
    ["of another organization", () => [xml({ organizationId: organizationOf(harness, "globex") })]],
    ["of an organization in another case", () => [xml({ organizationId: organizationId().slice(0, 15).toLowerCase() })]],
    ["with a longer organization id", () => [xml({ organizationId: `${organizationId()}x` })]],
    ["with a shorter organization id", () => [xml({ organizationId: organizationId().slice(0, 14) })]],
    ["without an organization", () => [xml().replace(/<OrganizationId>.*<\/OrganizationId>/, "")]],
    ["of two organizations", () => [xml().replace(/(<OrganizationId>.*<\/OrganizationId>)/, "$1$1")]],
    ["at another tenant's path", () => [xml(), { token: foreign().salesforce }]],
    ["at another webhook's path", () => [xml(), { token: harness.webhooks["acme"]!.token.zendesk }]],
    ["at the callouts' path", () => [xml(), { token: harness.webhooks["acme"]!.token.salesforceCallout }]],
    ["with a DTD", () => [xml({ prolog: '<!DOCTYPE x SYSTEM "file:///etc/passwd">' })]],
    [
      "with an external entity",
      () => [xml({ prolog: '<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>' }).replace(organizationId(), "&xxe;")],
    ],
    ["with entities of entities", () => [xml({ prolog: bomb })]],
    ["with too many levels", () => [`${"<a>".repeat(50_000)}${"</a>".repeat(50_000)}`]],
    ["with truncated XML", () => [xml().slice(0, -60)]],
    ["that is JSON", () => ['{"OrganizationId":"00D"}']],
    ["that is empty", () => [""]],
    ["in another envelope", () => [`<OrganizationId>${organizationId()}</OrganizationId>`]],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const previous = [head(), (await listQuarantined()).length];
    const [text, overrides] = sending();
    const answer = await sendOutbound(harness, text, overrides);
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), (await listQuarantined()).length]).toEqual(previous);
  });

  it("without the required client certificate", async () => {
    const fingerprint = "ab".repeat(32);
    const strict = await openHarness({
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

  it("from outside the allowed networks", async () => {
    const restrictedHarness = await openHarness({
      pull: false,
      configure: (config) => {
        config.http.trustedProxies = 1;
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        webhooks[0].allowFrom = ["136.146.0.0/15"];
      },
    });
    try {
      const send = async (address: string) => {
        const message = outboundMessage([{ id: account().Id }], { organizationId: organizationOf(restrictedHarness) });
        return (await sendOutbound(restrictedHarness, message, { headers: { "x-forwarded-for": address } })).status;
      };
      expect([await send("136.147.1.2"), await send("203.0.113.9")]).toEqual([200, 401]);
    } finally {
      await restrictedHarness.close();
    }
  });
});

describe("a callout", () => {
  const eventOf = (overrides: Partial<CalloutEventInput> = {}): CalloutEventInput => ({
    object: "Account",
    id: account().Id,
    what: "updated",
    ...overrides,
  });

  it("stores what it names, and fetches the objects by one query", async () => {
    rename(harness, account(1), "Told By A Flow");
    const previous = (await events()).length;
    const [deal] = [...harness.lab.tenants["acme"]!.world.salesforce.tables.Opportunity.values()];
    const changedAt = "2026-11-20T15:04:05.678+01:00";
    const queries = await followed(harness, async () => {
      const answer = await sendCallout(harness, [
        eventOf({ id: account(1).Id }),
        eventOf({ id: account(2).Id.slice(0, 15), what: "deleted" }),
        eventOf({ object: "Opportunity", id: deal!.Id, what: "closed_won", name: "renewed_early", at: changedAt }),
      ]);
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ accepted: 3, duplicates: 0, quarantined: 0 });
      const storedBody = (await events()).slice(previous);
      expect(storedBody.map((e) => e.event_id)).toEqual(answer.body.eventIds);
      expect(storedBody.map((e) => e.type)).toEqual([
        "salesforce.account.updated",
        "salesforce.account.deleted",
        "salesforce.opportunity.closed_won",
      ]);
      expect(storedBody[2]!.timestamp).toBe(Date.parse(changedAt));
    });
    expect(queries).toHaveLength(2);
    expect((await harness.context(`salesforce.account:${account(1).Id}`)).body.sections.account!.data!.name).toBe(
      "Told By A Flow",
    );
  });

  it("counts once under its id, with any signed timestamp", async () => {
    const id = "msg_once";
    const first = await sendCallout(harness, [eventOf(), eventOf()], { id });
    expect(first.body.accepted).toBe(2);
    harness.clock.advance(30_000);
    const repeatReply = await sendCallout(harness, [eventOf(), eventOf()], { id });
    expect(repeatReply.body).toEqual({ accepted: 0, duplicates: 2, quarantined: 0, eventIds: first.body.eventIds });
    expect((await sendCallout(harness, [eventOf()], { id: "msg_other" })).body.accepted).toBe(1);
  });

  it("is stored and never refused when it is unusable", async () => {
    const partly = await sendCallout(harness, [
      eventOf(),
      eventOf({ object: "Invoice__c" }),
      eventOf({ what: "Closed Won" }),
      eventOf({ id: "001" }),
      eventOf({ at: "yesterday" }),
    ]);
    expect([partly.status, partly.body.accepted, partly.body.quarantined]).toEqual([202, 1, 4]);
    const unusableBodies = [{ events: [] }, { events: "x" }, {}, "not json", "", "[]", { events: Array(201).fill(eventOf()) }];
    for (const body of unusableBodies)
      expect((await sendCallout(harness, body)).body).toMatchObject({ accepted: 0, quarantined: 1 });
  });

  const body = () => JSON.stringify({ events: [{ ...eventOf(), at: new Date(harness.clock.now()).toISOString() }] });
  const seconds = (ms = 0) => String(Math.floor((harness.clock.now() + ms) / 1000));
  const secrets = () => harness.webhooks["acme"]!;
  const signatureOf = (text: string) => calloutSignature(secrets().salesforceCallout, "msg_1", seconds(), text);
  const cases: [string, () => Parameters<typeof sendCallout>[2]][] = [
    ["with a wrong secret", () => ({ secret: `whsec_${Buffer.alloc(32).toString("base64")}` })],
    ["with another tenant's secret", () => ({ secret: harness.webhooks["globex"]!.salesforceCallout })],
    ["with another connection's secret", () => ({ secret: secrets().generic })],
    ["with an expired timestamp", () => ({ timestamp: seconds(-301_000) })],
    ["with a timestamp in the future", () => ({ timestamp: seconds(302_000) })],
    ["with milliseconds", () => ({ timestamp: String(harness.clock.now()) })],
    ["without a timestamp", () => ({ timestamp: "" })],
    ["without an id", () => ({ id: "" })],
    ["with another id than the signed one", () => ({ id: "msg_2", signature: signatureOf(body()) })],
    ["with a tampered body", () => ({ id: "msg_1", signature: signatureOf(body().replace("updated", "deleted")) })],
    ["without a signature", () => ({ signature: "" })],
    ["with a short signature", () => ({ signature: "v1,YWJj" })],
    ["with a signature that is not base64", () => ({ signature: `v1,${"!".repeat(44)}` })],
    ["with a signature without a version", () => ({ id: "msg_1", signature: signatureOf(body()).slice(3) })],
    ["with the secret's text as the key", () => ({ signature: "v1,8Jq1N5fOi9jzYlqUO6Uys5k6DM2aF1fZQd2QzHqL0xk=" })],
    ["at another tenant's path", () => ({ token: harness.webhooks["globex"]!.token.salesforceCallout })],
    ["at the outbound messages' path", () => ({ token: secrets().token.salesforce })],
  ];

  it.each(cases)("%s is refused, and nothing is stored", async (_, sending) => {
    const previous = [head(), (await listQuarantined()).length];
    const answer = await sendCallout(harness, body(), sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([head(), (await listQuarantined()).length]).toEqual(previous);
  });

  it("is accepted under the previous secret until the overlap ends", async () => {
    const overlapEnds = new Date(harness.clock.now() + 3_600_000).toISOString();
    const rotating = await openHarness({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        webhooks[1].previous = { secret: "acme.generic.webhook", until: overlapEnds };
      },
    });
    try {
      const { salesforceCallout: present, generic: old } = rotating.webhooks["acme"]!;
      const send = async (secret: string) => (await sendCallout(rotating, [eventOf()], { secret })).status;
      expect([await send(present), await send(old)]).toEqual([202, 202]);
      rotating.clock.advance(7_200_000);
      expect([await send(present), await send(old)]).toEqual([202, 401]);
    } finally {
      await rotating.close();
    }
  });
});
