import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { salesforceClient } from "../../simulators/testing.ts";
import { checksum } from "../../world/ids.ts";
import type { Kind } from "../../world/mutations/index.ts";
import type { SObject } from "../../world/types.ts";
import { ACK, type Sending, sending, TARGETS } from "../testing.ts";
import { isAcknowledged } from "./soap.ts";

let s: Sending;
beforeEach(async () => {
  s = await sending();
});
afterEach(() => s.close());

async function happen(kind: Kind, seed = 3): Promise<string[]> {
  const { refs } = s.lab.happen({ kind, tenant: "acme", seed });
  await s.pass(500);
  return refs;
}
const idOf = (ref: string): string => ref.slice(ref.indexOf(":") + 1);

interface Node {
  name: string;
  attributes: Record<string, string>;
  children: Node[];
  text: string;
}

/** Just enough of XML, and strict about it: written here apart from what makes it. */
function parse(xml: string): Node {
  const root: Node = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  for (const [token] of xml.replace(/^<\?xml[^>]*\?>\s*/, "").matchAll(/<[^>]+>|[^<]+/g)) {
    const at = open.at(-1)!;
    if (!token.startsWith("<")) {
      expect(token).toMatch(/^([^&]|&(amp|lt|gt|quot|apos);)*$/);
      at.text += token.replace(/&(\w+);/g, (_, name: string) => ({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" })[name]!);
    } else if (token.startsWith("</")) {
      expect(token).toBe(`</${at.name}>`);
      open.pop();
    } else {
      const attributes = Object.fromEntries([...token.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
      const node = { name: /^<([\w:]+)/.exec(token)![1]!, attributes, children: [], text: "" };
      at.children.push(node);
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
    const [accountRef] = await happen("owner_changed");
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

  it("shows the record's fields, and none that is empty", async () => {
    const [accountRef] = await happen("owner_changed");
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

  it("survives names that would break it", async () => {
    const { world } = s.acme;
    const [account] = [...world.salesforce.tables.Account.values()];
    const name = `A & B <"x"> 'y' ]]> \u{1f600}`;
    world.change(() => world.salesforce.tables.Account.put({ ...account!, Name: `${name}\u0000\ud800` }));
    await s.pass(500);
    const record = child(notifications(messages()[0]!)[0]!, "sObject");
    expect(child(record, "sf:Name").text).toBe(`${name}\ufffd`);
  });

  it("carries up to a hundred changes of one object that come together", async () => {
    const sf = await salesforceClient(s.acme);
    for (let batch = 0; batch < 2; batch++) {
      const records = Array.from({ length: 70 }, (_, i) => ({ attributes: { type: "Task" }, Subject: `${batch}/${i}` }));
      expect((await sf("POST", "/services/data/v67.0/composite/sobjects", { records })).status).toBe(200);
    }
    await s.pass(1_000);
    expect(messages().map((m) => notifications(m).length)).toEqual([100, 40]);
    const ids = messages().flatMap((m) => notifications(m).map((n) => child(n, "Id").text));
    expect(new Set(ids).size).toBe(140);
  });

  it("goes for each of its objects, and for no other", async () => {
    const { tables } = s.acme.world.salesforce;
    const touch = (object: SObject) => {
      const [row] = [...tables[object].values()];
      tables[object].put({ ...row!, LastModifiedDate: "2026-11-20T15:05:00Z" });
    };
    s.acme.world.change(() => {
      for (const object of ["Account", "Contact", "Lead", "Case", "Task", "Opportunity", "Event", "User"] as const) touch(object);
    });
    await s.pass(500);
    const types = messages().map((m) => child(notifications(m)[0]!, "sObject").attributes["xsi:type"]);
    expect(types.sort()).toEqual(["sf:Account", "sf:Case", "sf:Contact", "sf:Lead", "sf:Task"]);
    expect(s.to("callout").length).toBe(1);
  });

  it("says nothing of what is deleted: no flow sends a message then", async () => {
    await happen("contact_deleted");
    expect(s.to("salesforce")).toEqual([]);
  });
});

describe("an outbound message that isn't acknowledged", () => {
  it.each([
    ["nothing", () => new Response("")],
    ["another status", () => new Response(ACK, { status: 202 })],
    ["false", () => new Response(ACK.replace("true", "false"))],
    ["JSON", () => Response.json({ accepted: 1 })],
    ["an error", () => new Response("", { status: 500 })],
    ["refusal", () => new Response("", { status: 401 })],
    ["silence", () => "silence" as const],
    ["no server", () => "unreachable" as const],
  ])("comes again at %s, with the same ids", async (_, answer) => {
    s.answer(answer);
    await happen("owner_changed");
    await s.pass(5_000);
    s.answer(() => new Response(ACK));
    await s.pass(120_000);
    const sent = messages();
    expect(sent.length).toBe(2);
    const ids = sent.map((m) => child(notifications(m)[0]!, "Id").text);
    expect(new Set(ids).size).toBe(1);
    expect(s.lab.webhooks.list({})).toMatchObject([{ type: "outbound_message.Account", state: "delivered", attempts: 2 }]);
  });

  it("shows the latest state only", async () => {
    s.answer(() => new Response("", { status: 503 }));
    const [accountRef] = await happen("owner_changed");
    const { world } = s.acme;
    const account = world.salesforce.tables.Account.get(idOf(accountRef!))!;
    world.change(() => world.salesforce.tables.Account.put({ ...account, Name: "Renamed since" }));
    s.answer(() => new Response(ACK));
    await s.pass(120_000);
    expect(messages().length).toBeGreaterThan(1);
    for (const message of messages().slice(1))
      expect(child(child(notifications(message)[0]!, "sObject"), "sf:Name").text).toBe("Renamed since");
  });

  it("comes ever more seldom for a day, and then no more", async () => {
    s.answer(() => new Response("", { status: 500 }));
    await happen("owner_changed");
    await s.pass(26 * 3_600_000);
    const times = s.to("salesforce").map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => Math.round((at - times[i]!) / 60_000));
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(115);
    expect(times.at(-1)! - times[0]!).toBeLessThanOrEqual(24 * 3_600_000 + 300_000);
    expect(times.length).toBeGreaterThan(15);
    expect(s.lab.webhooks.list({})[0]).toMatchObject({ state: "failed", status: 500 });
  });

  it("knows the acknowledgement by its name and namespace", () => {
    expect(isAcknowledged(ACK)).toBe(true);
    const prefixed =
      '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="http://soap.sforce.com/2005/09/outbound"><S:Body><o:notificationsResponse>\n<o:Ack>true</o:Ack>\n</o:notificationsResponse></S:Body></S:Envelope>';
    expect(isAcknowledged(prefixed)).toBe(true);
    for (const wrong of [
      ACK.replace("2005/09/outbound", "2005/09/other"),
      ACK.replace("<Ack>true</Ack>", ""),
      ACK.replaceAll("notificationsResponse", "notifications"),
      ACK.replace("true", "1"),
      ACK.replace("true", "TRUE"),
      "<Ack>true</Ack>",
    ])
      expect(isAcknowledged(wrong)).toBe(false);
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
  it("tells that a deal is won", async () => {
    const [deal] = await happen("deal_won");
    expect(callouts()).toEqual([
      { events: [{ object: "Opportunity", id: idOf(deal!), what: "closed_won", at: "2026-11-20T15:05:00.000Z" }] },
    ]);
    // The account's new ARR goes the other way.
    expect(messages().map((m) => child(notifications(m)[0]!, "sObject").attributes["xsi:type"])).toEqual(["sf:Account"]);
  });

  it("tells of every other change of a deal, one callout a transaction", async () => {
    const sf = await salesforceClient(s.acme);
    const { world } = s.acme;
    const [one, two] = [...world.salesforce.tables.Opportunity.values()].filter((o) => o["IsClosed"] === false);
    const path = "/services/data/v67.0/sobjects/Opportunity";
    const owner = world.ids.salesforce.user(one!["OwnerId"] === world.ids.salesforce.user(1) ? 2 : 1);
    await sf("PATCH", `${path}/${one!.Id}`, { NextStep: "Call" });
    await sf("PATCH", `${path}/${one!.Id}`, { OwnerId: owner });
    const made = await sf("POST", path, { Name: "New", StageName: "Prospecting", CloseDate: "2026-12-24" });
    await sf("DELETE", `${path}/${two!.Id}`);
    await s.pass(500);
    expect(callouts().map(({ events }) => events.map(({ id, what }) => [id, what]))).toEqual([
      [[one!.Id, "updated"]],
      [[one!.Id, "owner_changed"]],
      [[made.body.id, "created"]],
      [[two!.Id, "deleted"]],
    ]);
  });

  it("is signed as Standard Webhooks has it, anew at each attempt under one id", async () => {
    let left = 1;
    s.answer(({ to }) => (to === "callout" && left-- > 0 ? new Response("", { status: 503 }) : new Response(ACK)));
    await happen("deal_won");
    await s.pass(120_000);
    const sent = s.to("callout");
    expect(sent.length).toBe(2);
    const key = Buffer.from(TARGETS.salesforceCallout.secret.replace("whsec_", ""), "base64");
    for (const { headers, body, at } of sent) {
      const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers;
      expect(Math.abs(Number(timestamp) * 1000 - at)).toBeLessThan(1_000);
      expect(signature).toBe(`v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`);
    }
    expect(sent[0]!.headers["webhook-id"]).toMatch(/^msg_\w{26}$/);
    expect(sent[1]!.headers["webhook-id"]).toBe(sent[0]!.headers["webhook-id"]);
    expect(sent[1]!.headers["webhook-timestamp"]).not.toBe(sent[0]!.headers["webhook-timestamp"]);
  });

  it.each([
    ["400", () => new Response("", { status: 400 }), 1],
    ["401", () => new Response("", { status: 401 }), 1],
    ["500", () => new Response("", { status: 500 }), 3],
    ["429", () => new Response("", { status: 429 }), 3],
    ["silence", () => "silence" as const, 3],
  ])("at %s is made that often", async (_, answer, times) => {
    s.answer((request) => (request.to === "callout" ? answer() : new Response(ACK)));
    await happen("deal_won");
    await s.pass(3_600_000);
    expect(s.to("callout").length).toBe(times);
  });
});
