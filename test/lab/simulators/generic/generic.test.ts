import { createHmac } from "node:crypto";
import { CardComponent } from "@sidelight/contracts/cards/card.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { effectsOf } from "../../control/effects.ts";
import type { Lab, LabTenant } from "../lab.ts";
import { call, type FakeClock, tinyLab } from "../testing.ts";

let lab: Lab;
let acme: LabTenant;
let clock: FakeClock;
beforeEach(async () => {
  ({ lab, acme, clock } = await tinyLab());
});
afterEach(() => lab.close());

const effects = () => effectsOf({ acme: acme.world }, "generic");
const event = { specversion: "1.0", id: "e1", source: "/tenants/acme", type: "sidelight.deal.won", data: { arr: 5 } };

interface EventOverrides {
  id?: string;
  at?: number;
  body?: string;
  secret?: string;
  type?: string;
}
function post({ id = "d1", at = clock.now(), body = JSON.stringify(event), secret, type }: EventOverrides = {}) {
  const key = Buffer.from((secret ?? acme.generic.signingSecret).slice("whsec_".length), "base64");
  const timestamp = String(Math.floor(at / 1000));
  const signature = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  const signing = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,bm9uZQ== ${signature}` };
  const headers = { "content-type": type ?? "application/cloudevents+json; charset=UTF-8", ...signing };
  return call(acme.generic.url, { method: "POST", headers, body });
}

test("accepts a signed CloudEvent and counts a repeated one as another write", async () => {
  expect(await post()).toMatchObject({ status: 202, body: { accepted: true } });
  expect(await post()).toMatchObject({ status: 202, body: { accepted: false } });
  expect(effects()["event"]).toMatchObject([
    { tenant: "acme", id: "d1", created: true, writes: 2, fields: { type: "sidelight.deal.won", data: { arr: 5 } } },
  ]);
  expect(lab.requests.list({ platform: "generic" })).toHaveLength(2);
});

test.each<[string, () => EventOverrides, number]>([
  ["another's signature", () => ({ secret: `whsec_${Buffer.from("another").toString("base64")}` }), 401],
  ["an expired timestamp", () => ({ at: clock.now() - 301_000 }), 401],
  ["a body that is not JSON", () => ({ body: "{" }), 400],
  ["a body that is not a CloudEvent", () => ({ body: JSON.stringify({ ...event, type: "" }) }), 400],
  ["another content type", () => ({ type: "application/json" }), 415],
])("the endpoint refuses %s", async (_, overrides, status) => {
  expect(await post(overrides())).toMatchObject({ status });
  expect(effects()).toEqual({});
});

const postMessage = (message: unknown, url = acme.generic.slackUrl) =>
  call(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(message) });

test("the channel accepts a message each time it is sent", async () => {
  for (let i = 0; i < 2; i++) expect(await postMessage({ text: "A deal was won" })).toMatchObject({ status: 200, body: "ok" });
  expect(effects()["message"]!.map(({ fields }) => fields)).toEqual([{ text: "A deal was won" }, { text: "A deal was won" }]);
});

test("the channel refuses with Slack's error words", async () => {
  expect(await postMessage({})).toMatchObject({ status: 400, body: "no_text" });
  expect(await postMessage("text")).toMatchObject({ status: 400, body: "invalid_payload" });
  expect(await postMessage({ text: "a", blocks: [{}] })).toMatchObject({ status: 400, body: "invalid_blocks" });
  expect(await postMessage({ text: "a" }, `${acme.generic.slackUrl}x`)).toMatchObject({ status: 404, body: "no_service" });
  for (let i = 0; i < 10; i++) await postMessage({ text: "a" });
  const limitReply = await postMessage({ text: "a" });
  expect([limitReply.status, limitReply.headers.get("retry-after")]).toEqual([429, "1"]);
  clock.advance(10_000);
  expect((await postMessage({ text: "a" })).status).toBe(200);
});

test("answers a signed request for cards with components that the API accepts, the same for the same customer", async () => {
  const cards = (id: string, cardKeys = ["orders", "invoices"]) => ({ cardKeys, customer: { id, kind: "person" } });
  const ask = (body: object, secret?: string) => {
    const text = JSON.stringify(body);
    const key = Buffer.from((secret ?? acme.generic.signingSecret).slice("whsec_".length), "base64");
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = `v1,${createHmac("sha256", key).update(`c1.${timestamp}.${text}`).digest("base64")}`;
    const headers = { "webhook-id": "c1", "webhook-timestamp": timestamp, "webhook-signature": signature };
    return call(acme.generic.cardsUrl, { method: "POST", headers, body: text });
  };
  const first = await ask(cards("person:a"));
  expect(first.status).toBe(200);
  for (const card of first.body.cards) expect(z.array(CardComponent).nullable().safeParse(card.components).success).toBe(true);
  expect((await ask(cards("person:a"))).body).toEqual(first.body);
  expect((await ask(cards("person:a", ["orders"]))).body.cards.map(({ key }: { key: string }) => key)).toEqual(["orders"]);
  expect((await ask(cards("person:a"), `whsec_${Buffer.alloc(32).toString("base64")}`)).status).toBe(401);
});
