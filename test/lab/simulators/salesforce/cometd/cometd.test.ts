import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { HOUR } from "../../../world/time.ts";
import type { SfRow } from "../../../world/types.ts";
import { ANCHOR, salesforceClient, salesforceToken, tinyLab } from "../../testing.ts";
import { busOf, type RetainedEvent } from "./bus.ts";

const clock = manualClock(ANCHOR.getTime() + 300_000);
const { lab, acme } = await tinyLab({ clock, limits: { salesforce: { tokenSeconds: 1_000 * 3_600 } } });
afterAll(() => lab.close());
const { world } = acme;
const bus = busOf(world);
const channel = "/data/ChangeEvents";

type Message = Record<string, unknown> & { data?: { event: { replayId: number }; payload: Record<string, unknown> } };

let token: string;
let cookie: string;
beforeEach(async () => {
  token = await salesforceToken(acme);
  cookie = "";
});

async function post(messages: object | object[], { path = "/cometd/67.0", as = `OAuth ${token}` } = {}) {
  const response = await fetch(acme.salesforce.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...(as ? { authorization: as } : {}), ...(cookie ? { cookie } : {}) },
    body: JSON.stringify(messages),
  });
  const set = response.headers.get("set-cookie");
  if (set) cookie = set.split(";")[0]!;
  const text = await response.text();
  return { status: response.status, body: (text.startsWith("[") ? JSON.parse(text) : text) as Message[] };
}

const shake = { channel: "/meta/handshake", version: "1.0", supportedConnectionTypes: ["long-polling"], id: "1" };

async function handshake(): Promise<string> {
  const { body } = await post([shake]);
  expect(body).toMatchObject([{ successful: true, supportedConnectionTypes: ["long-polling"], ext: { replay: true } }]);
  return body[0]!["clientId"] as string;
}

const subscribe = (clientId: string, replay: unknown, subscription = channel) =>
  post([{ channel: "/meta/subscribe", clientId, subscription, id: "2", ext: { replay: { [subscription]: replay } } }]);
const connect = (clientId: string) => post([{ channel: "/meta/connect", clientId, connectionType: "long-polling", id: "3" }]);

/** A client that received its first response, so that its next request stays pending. */
async function listener(replay: number, subscription = channel): Promise<string> {
  const clientId = await handshake();
  expect((await subscribe(clientId, replay, subscription)).body).toMatchObject([{ successful: true, subscription }]);
  await connect(clientId);
  return clientId;
}

function rename(rows: SfRow[], name: string): void {
  world.change(() => {
    for (const row of rows) world.salesforce.tables.Account.put({ ...world.salesforce.tables.Account.get(row.Id)!, Name: name });
  });
}
const accounts = () => [...world.salesforce.tables.Account.values()];
const account = (i = 0) => accounts()[i]!;

describe("the streaming API", () => {
  test("answers a pending request at the next change, with its replay id", async () => {
    const clientId = await listener(-1);
    const pending = connect(clientId);
    await until("the request", () => bus.listeners() === 1);
    rename([account(0), account(1)], "Renamed");
    const { body } = await pending;
    expect(body).toMatchObject([
      {
        channel,
        data: {
          event: { replayId: expect.any(Number) },
          payload: {
            Name: "Renamed",
            ChangeEventHeader: {
              entityName: "Account",
              changeType: "UPDATE",
              recordIds: [account(0).Id, account(1).Id],
              changedFields: ["Name"],
              sequenceNumber: 1,
              commitTimestamp: clock.now(),
            },
          },
        },
      },
      { channel: "/meta/connect", successful: true, advice: { reconnect: "retry", interval: 0, timeout: 110_000 } },
    ]);
  });

  test("ends a pending request after 110 seconds", async () => {
    const pending = connect(await listener(-1));
    await until("the request", () => bus.listeners() === 1);
    clock.advance(110_000);
    expect((await pending).body).toMatchObject([{ channel: "/meta/connect", successful: true }]);
  });

  test("replays from an id, from all retained events, or from now", async () => {
    rename([account()], "One");
    rename([account()], "Two");
    const retainedEvents = bus.after(-2)!;
    const [previous, last] = retainedEvents.slice(-2) as [RetainedEvent, RetainedEvent];
    expect(last.replayId).toBeGreaterThan(previous.replayId);
    const replayIds = async (replay: number) => {
      const clientId = await handshake();
      await subscribe(clientId, replay);
      return (await connect(clientId)).body.flatMap(({ data }) => data?.event.replayId ?? []);
    };
    expect(await replayIds(previous.replayId)).toEqual([last.replayId]);
    expect(await replayIds(-2)).toEqual(retainedEvents.map(({ replayId }) => replayId));
    expect(await replayIds(-1)).toEqual([]);
  });

  test("refuses a replay id that is not retained or never existed", async () => {
    rename([account()], "Soon Too Old");
    const { replayId } = bus.after(-2)!.at(-1)!;
    clock.advance(72 * HOUR);
    const clientId = await handshake();
    for (const replay of [replayId, 7]) {
      expect((await subscribe(clientId, replay)).body).toMatchObject([
        { successful: false, error: expect.stringContaining(`400::The replayId {${replay}} you provided was invalid.`) },
      ]);
    }
    expect((await subscribe(clientId, null)).body[0]!["error"]).toContain("wasn't found using the provided replay ID map");
    expect((await subscribe(clientId, -2)).body).toMatchObject([{ successful: true }]);
  });

  test("reports the origin and type of a change", async () => {
    const client = await salesforceClient(acme);
    const clientId = await listener(-1, "/data/LeadChangeEvent");
    const created = await client("POST", "/services/data/v67.0/sobjects/Lead", { LastName: "Hopper", Company: "Navy" });
    const path = `/services/data/v67.0/sobjects/Lead/${created.body.id}`;
    await client("PATCH", path, { Title: null, LastName: "H." }, { "sforce-call-options": "client=sidelight" });
    await client("DELETE", path);
    rename([account()], "Of another channel");
    const headers = (await connect(clientId)).body.flatMap(({ data }) => data?.payload["ChangeEventHeader"] ?? []);
    expect(headers).toMatchObject([
      { changeType: "CREATE", recordIds: [created.body.id], changedFields: [], changeOrigin: "com/salesforce/api/rest/67.0" },
      { changeType: "UPDATE", changeOrigin: "com/salesforce/api/rest/67.0;client=sidelight" },
      { changeType: "DELETE" },
    ]);
    expect(headers).toHaveLength(3);
  });
});

describe("the streaming API refuses", () => {
  test("a handshake without a session, or with an expired one", async () => {
    const denial = (failureReason: string) => [
      { error: "403::Handshake denied", successful: false, advice: { reconnect: "none" }, ext: { sfdc: { failureReason } } },
    ];
    expect((await post([shake], { as: "" })).body).toMatchObject(denial("401::Request requires authentication"));
    expect((await post([shake], { as: "OAuth 00D!nonsense" })).body).toMatchObject(denial("401::Authentication invalid"));
    expect((await post([{ ...shake, supportedConnectionTypes: ["websocket"] }])).body).toMatchObject([{ successful: false }]);
  });

  test("a session that expires during a request", async () => {
    const clientId = await listener(-1);
    const pending = connect(clientId);
    await until("the request", () => bus.listeners() === 1);
    await fetch(`${acme.salesforce.url}/services/oauth2/revoke`, { method: "POST", body: new URLSearchParams({ token }) });
    clock.advance(110_000);
    expect((await pending).body).toMatchObject([{ error: "401::Authentication invalid", advice: { reconnect: "none" } }]);
  });

  test("an unknown or forgotten client, and one without its cookie", async () => {
    const unknown = [{ error: "403::Unknown client", successful: false, advice: { reconnect: "handshake", interval: 0 } }];
    expect((await connect("nobody")).body).toMatchObject(unknown);
    const slow = await listener(-1);
    clock.advance(41_000);
    expect((await connect(slow)).body).toMatchObject(unknown);
    const bare = await listener(-1);
    cookie = "";
    expect((await connect(bare)).body).toMatchObject(unknown);
    const pending = connect(await listener(-1));
    await until("the request", () => bus.listeners() === 1);
    bus.forgetListeners();
    expect((await pending).body).toMatchObject(unknown);
  });

  test("unknown channels, versions and forms, and a disconnected client", async () => {
    const clientId = await listener(-1);
    expect((await subscribe(clientId, -1, "/data/Invoice__ChangeEvent")).body).toMatchObject([{ successful: false }]);
    expect((await post([shake], { path: "/cometd/12.0" })).status).toBe(404);
    for (const form of [{}, [], "x", [7]]) expect((await post(form as object)).status).toBe(400);
    expect((await post([{ channel: "/meta/disconnect", clientId }])).body).toMatchObject([{ successful: true }]);
    expect((await connect(clientId)).body).toMatchObject([{ error: "403::Unknown client" }]);
  });
});
