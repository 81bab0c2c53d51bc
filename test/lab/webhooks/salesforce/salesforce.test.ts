import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { salesforceClient } from "../../simulators/testing.ts";
import { checksum } from "../../world/ids.ts";
import type { ScenarioKind } from "../../world/mutations/index.ts";
import type { SObject } from "../../world/types.ts";
import { ACK, openWebhookBench, TARGETS, type WebhookBench } from "../testing.ts";
import { isAcknowledged } from "./soap.ts";

let s: WebhookBench;
beforeEach(async () => {
  s = await openWebhookBench();
});
afterEach(() => s.close());

async function runScenario(kind: ScenarioKind, seed = 3): Promise<string[]> {
  const { refs } = s.lab.runScenario({ kind, tenant: "acme", seed });
  await s.advance(500);
  return refs;
}
const idOf = (ref: string): string => ref.slice(ref.indexOf(":") + 1);

interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  text: string;
}

/** A minimal strict XML parser, independent of the code that writes the XML. */
function parse(xml: string): Node {
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (const [token] of xml.replace(/^<\?xml[^>]*\?>\s*/, "").matchAll(/<[^>]+>|[^<]+/g)) {
    const parent = open.at(-1)!;
    if (!token.startsWith("<")) {
      expect(token).toMatch(/^([^&]|&(amp|lt|gt|quot|apos);)*$/);
      parent.text += token.replace(
        /&(\w+);/g,
        (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" })[name]!,
      );
    } else if (token.startsWith("</")) {
      expect(token).toBe(`</${parent.name}>`);
      open.pop();
    } else {
      const attributes = Object.fromEntries([...token.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
      const node = { name: /^<([\w:]+)/.exec(token)![1]!, attributes, children: [], text: "" };
      parent.children.push(node);
      open.push(node);
    }
  }
  expect(open.length).toBe(1);
  return root.children[0]!;
}

const messages = () =>
  s.to("salesforce").map(({ body }) => {
    const [soapBody] = parse(body).children;
    return soapBody!.children[0]!;
  });
const child = (node: Node, name: string): Node => node.children.find((c) => c.name === name)!;
const notifications = (message: Node): Node[] => message.children.filter(({ name }) => name === "Notification");

describe("an outbound message", () => {
  it("has the form of the notifications call, with its two namespaces", async () => {
    const [accountRef] = await runScenario("owner_changed");
    const { body, headers } = s.to("salesforce")[0]!;
    expect(headers["content-type"]).toBe("text/xml; charset=utf-8");
    expect(body.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
    const [message] = messages();
    expect(message!.name).toBe("notifications");
    expect(message!.attributes["xmlns"]).toBe("http://soap.sforce.com/2005/09/outbound");
    expect(message!.children.map(({ name }) => name)).toEqual([
      "OrganizationId",
      "ActionId",
      "SessionId",
      "EnterpriseUrl",
      "PartnerUrl",
      "Notification",
    ]);
    const organization = child(message!, "OrganizationId").text;
    expect(organization).toBe(s.acme.salesforce.credentials.organizationId);
    expect(organization.slice(15)).toBe(checksum(organization.slice(0, 15)));
    expect(child(message!, "ActionId").text).toMatch(/^04k\w{15}$/);
    expect(child(message!, "SessionId").text).toMatch(/^00D\w{12}!\w{40,}$/);
    expect(child(message!, "EnterpriseUrl").text).toMatch(/\/services\/Soap\/c\/67\.0\/00D\w{12}$/);
    expect(child(message!, "PartnerUrl").text).toMatch(/\/services\/Soap\/u\/67\.0\/00D\w{12}$/);
    const [notification] = notifications(message!);
    expect(child(notification!, "Id").text).toMatch(/^04l\w{15}$/);
    const record = child(notification!, "sObject");
    expect(record.attributes).toEqual({ "xsi:type": "sf:Account", "xmlns:sf": "urn:sobject.enterprise.soap.sforce.com" });
    expect(record.children[0]).toMatchObject({ name: "sf:Id", text: idOf(accountRef!) });
  });

  it("contains the record's fields without the empty ones", async () => {
    const [accountRef] = await runScenario("owner_changed");
    const row = s.acme.world.salesforce.tables.Account.get(idOf(accountRef!))!;
    const record = child(notifications(messages()[0]!)[0]!, "sObject");
    const field = (name: string) => record.children.find((c) => c.name === `sf:${name}`)?.text;
    expect(field("Name")).toBe(row["Name"]);
    expect(field("OwnerId")).toBe(row["OwnerId"]);
    expect(field("LastModifiedDate")).toBe("2026-11-20T15:05:00.000Z");
    expect(field("IsDeleted")).toBe("false");
    expect(field("ARR__c")).toBe(row["ARR__c"] === null ? undefined : Number(row["ARR__c"]).toFixed(1));
    expect(row["Description"]).toBeNull();
    expect(field("Description")).toBeUndefined();
  });

  it("survives names that would break XML", async () => {
    const { world } = s.acme;
    const [account] = [...world.salesforce.tables.Account.values()];
    const name = `A & B <"x"> 'y' ]]> \u{1f600}`;
    world.change(() => world.salesforce.tables.Account.put({ ...account!, Name: `${name}\u0000\ud800` }));
    await s.advance(500);
    const record = child(notifications(messages()[0]!)[0]!, "sObject");
    expect(child(record, "sf:Name").text).toBe(`${name}\ufffd`);
  });

  it("carries up to a hundred changes of one object", async () => {
    const sf = await salesforceClient(s.acme);
    for (let batch = 0; batch < 2; batch++) {
      const records = Array.from({ length: 70 }, (_, i) => ({ attributes: { type: "Task" }, Subject: `${batch}/${i}` }));
      expect((await sf("POST", "/services/data/v67.0/composite/sobjects", { records })).status).toBe(200);
    }
    await s.advance(1_000);
    expect(messages().map((m) => notifications(m).length)).toEqual([100, 40]);
    const ids = messages().flatMap((m) => notifications(m).map((n) => child(n, "Id").text));
    expect(new Set(ids).size).toBe(140);
  });

  it("is sent for its objects and no others", async () => {
    const { tables } = s.acme.world.salesforce;
    const touch = (object: SObject) => {
      const [row] = [...tables[object].values()];
      tables[object].put({ ...row!, LastModifiedDate: "2026-11-20T15:05:00Z" });
    };
    s.acme.world.change(() => {
      for (const object of ["Account", "Contact", "Lead", "Case", "Task", "Opportunity", "Event", "User"] as const) touch(object);
    });
    await s.advance(500);
    const types = messages().map((m) => child(notifications(m)[0]!, "sObject").attributes["xsi:type"]);
    expect(types.sort()).toEqual(["sf:Account", "sf:Case", "sf:Contact", "sf:Lead", "sf:Task"]);
    expect(s.to("callout").length).toBe(1);
  });

  it("is not sent for a deletion", async () => {
    await runScenario("contact_deleted");
    expect(s.to("salesforce")).toEqual([]);
  });
});

describe("an outbound message without an acknowledgment", () => {
  it.each([
    ["nothing", () => new Response("")],
    ["another status", () => new Response(ACK, { status: 202 })],
    ["false", () => new Response(ACK.replace("true", "false"))],
    ["JSON", () => Response.json({ accepted: 1 })],
    ["an error", () => new Response("", { status: 500 })],
    ["refusal", () => new Response("", { status: 401 })],
    ["silence", () => "silence" as const],
    ["no server", () => "unreachable" as const],
  ])("is retried at %s, with the same ids", async (_, answer) => {
    s.respondWith(answer);
    await runScenario("owner_changed");
    await s.advance(5_000);
    s.respondWith(() => new Response(ACK));
    await s.advance(120_000);
    const requests = messages();
    expect(requests.length).toBe(2);
    const ids = requests.map((m) => child(notifications(m)[0]!, "Id").text);
    expect(new Set(ids).size).toBe(1);
    expect(s.lab.webhooks.list({})).toMatchObject([{ type: "outbound_message.Account", state: "delivered", attempts: 2 }]);
  });

  it("contains the latest state only", async () => {
    s.respondWith(() => new Response("", { status: 503 }));
    const [accountRef] = await runScenario("owner_changed");
    const { world } = s.acme;
    const account = world.salesforce.tables.Account.get(idOf(accountRef!))!;
    world.change(() => world.salesforce.tables.Account.put({ ...account, Name: "Renamed since" }));
    s.respondWith(() => new Response(ACK));
    await s.advance(120_000);
    expect(messages().length).toBeGreaterThan(1);
    for (const message of messages().slice(1))
      expect(child(child(notifications(message)[0]!, "sObject"), "sf:Name").text).toBe("Renamed since");
  });

  it("is retried ever more rarely for a day, then dropped", async () => {
    s.respondWith(() => new Response("", { status: 500 }));
    await runScenario("owner_changed");
    await s.advance(26 * 3_600_000);
    const times = s.to("salesforce").map(({ at }) => at);
    const gaps = times.slice(1).map((time, i) => Math.round((time - times[i]!) / 60_000));
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(115);
    expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(24 * 3_600_000 + 300_000);
    expect(times.length).toBeGreaterThan(15);
    expect(s.lab.webhooks.list({})[0]).toMatchObject({ state: "failed", status: 500 });
  });

  it("recognizes the acknowledgment by its name and namespace", () => {
    expect(isAcknowledged(ACK)).toBe(true);
    const prefixedAck =
      '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://soap.sforce.com/2005/09/outbound"><S:Body><o:notificationsResponse>\n<o:Ack>true</o:Ack>\n</o:notificationsResponse></S:Body></S:Envelope>';
    expect(isAcknowledged(prefixedAck)).toBe(true);
    for (const response of [
      ACK.replace("2005/09/outbound", "2005/09/other"),
      ACK.replace("<Ack>true</Ack>", ""),
      ACK.replaceAll("notificationsResponse", "notifications"),
      ACK.replace("true", "1"),
      ACK.replace("true", "TRUE"),
      "<Ack>true</Ack>",
    ])
      expect(isAcknowledged(response)).toBe(false);
  });
});

const CalloutBody = z.strictObject({
  events: z.array(
    z.strictObject({
      object: z.literal("Opportunity"),
      id: z.string().regex(/^006\w{15}$/),
      what: z.enum(["created", "updated", "closed_won", "owner_changed", "deleted"]),
      at: z.iso.datetime(),
    }),
  ),
});
const callouts = () => s.to("callout").map(({ body }) => CalloutBody.parse(JSON.parse(body)));

describe("a callout", () => {
  it("reports a won deal", async () => {
    const [deal] = await runScenario("deal_won");
    expect(callouts()).toEqual([
      { events: [{ object: "Opportunity", id: idOf(deal!), what: "closed_won", at: "2026-11-20T15:05:00.000Z" }] },
    ]);
    // The account's new ARR is sent by outbound message.
    expect(messages().map((m) => child(notifications(m)[0]!, "sObject").attributes["xsi:type"])).toEqual(["sf:Account"]);
  });

  it("reports every other change of a deal, one callout a transaction", async () => {
    const sf = await salesforceClient(s.acme);
    const { world } = s.acme;
    const [firstDeal, two] = [...world.salesforce.tables.Opportunity.values()].filter((o) => o["IsClosed"] === false);
    const path = "/services/data/v67.0/sobjects/Opportunity";
    const owner = world.ids.salesforce.user(firstDeal!["OwnerId"] === world.ids.salesforce.user(1) ? 2 : 1);
    await sf("PATCH", `${path}/${firstDeal!.Id}`, { NextStep: "Call" });
    await sf("PATCH", `${path}/${firstDeal!.Id}`, { OwnerId: owner });
    const created = await sf("POST", path, { Name: "New", StageName: "Prospecting", CloseDate: "2026-12-24" });
    await sf("DELETE", `${path}/${two!.Id}`);
    await s.advance(500);
    expect(callouts().map(({ events }) => events.map(({ id, what }) => [id, what]))).toEqual([
      [[firstDeal!.Id, "updated"]],
      [[firstDeal!.Id, "owner_changed"]],
      [[created.body.id, "created"]],
      [[two!.Id, "deleted"]],
    ]);
  });

  it("is signed as a Standard Webhook, with a new signature at each attempt under one id", async () => {
    let failures = 1;
    s.respondWith(({ to }) => (to === "callout" && failures-- > 0 ? new Response("", { status: 503 }) : new Response(ACK)));
    await runScenario("deal_won");
    await s.advance(120_000);
    const requests = s.to("callout");
    expect(requests.length).toBe(2);
    const key = Buffer.from(TARGETS.salesforceCallout.secret.replace("whsec_", ""), "base64");
    for (const { headers, body, at } of requests) {
      const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
      expect(Math.abs(Number(timestamp) * 1000 - at)).toBeLessThan(1_000);
      expect(signature).toBe(`v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`);
    }
    expect(requests[0]!.headers["webhook-id"]).toMatch(/^msg_\w{26}$/);
    expect(requests[1]!.headers["webhook-id"]).toBe(requests[0]!.headers["webhook-id"]);
    expect(requests[1]!.headers["webhook-timestamp"]).not.toBe(requests[0]!.headers["webhook-timestamp"]);
  });

  it.each([
    ["400", () => new Response("", { status: 400 }), 1],
    ["401", () => new Response("", { status: 401 }), 1],
    ["500", () => new Response("", { status: 500 }), 3],
    ["429", () => new Response("", { status: 429 }), 3],
    ["silence", () => "silence" as const, 3],
  ])("is attempted that often at %s", async (_, answer, times) => {
    s.respondWith((request) => (request.to === "callout" ? answer() : new Response(ACK)));
    await runScenario("deal_won");
    await s.advance(3_600_000);
    expect(s.to("callout").length).toBe(times);
  });
});
