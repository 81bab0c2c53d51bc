import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AskOptions, type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const [first, second] = [0, 1].map((i) => () => house.lab.tenants["acme"]!.examples.resolved[i]!) as [() => string, () => string];
const session = async (ref: string, options: AskOptions = { role: "agent" }) =>
  (await house.ask("/v1/sessions", { ...options, method: "POST", body: { ref } })).body as { token: string; stream: string };
const by = (token: string): AskOptions => ({ role: null, headers: { authorization: `Bearer ${token}` } });
const path = (ref: string) => `/v1/context/${encodeURIComponent(ref)}`;

describe("a panel's session", () => {
  it("opens its one customer with the role of its key, and nothing else", async () => {
    const { token, stream } = await session(first());
    const own = await house.ask(path(first()), by(token));
    expect(own.text).toBe((await house.context(first(), { role: "agent" })).text);
    expect(stream).toBe(`${path(first())}/stream`);
    for (const [where, options] of [
      [path(second()), {}],
      ["/v1/events", {}],
      ["/v1/connections", {}],
      ["/v1/contexts", { method: "POST", body: { refs: [first()] } }],
      ["/v1/sessions", { method: "POST", body: { ref: first() } }],
      [`${path(first())}/refresh`, { method: "POST" }],
    ] as const) {
      const answer = await house.ask(where, { ...by(token), ...options });
      expect([answer.status, answer.body.code], where).toEqual([403, "forbidden"]);
    }
  });

  it("ends after ten minutes, or with its key", async () => {
    const { token } = await session(first());
    house.clock.advance(9 * 60_000);
    expect((await house.ask(path(first()), by(token))).status).toBe(200);
    house.clock.advance(61_000);
    expect((await house.ask(path(first()), by(token))).status).toBe(401);
    const other = await session(first(), { role: "rep" });
    const { log, clock } = house.runtime.tenants.get("acme")!.tenant;
    const { listApiKeys, revokeApiKey } = await import("@sidelight/context-api/security/apiKeys.ts");
    const rep = (await listApiKeys(log.store)).find((key) => key.role === "rep")!;
    await log.commit({ statements: [revokeApiKey(log.store, rep.keyId, clock.now())], correlationId: "test" });
    expect((await house.ask(path(first()), by(other.token))).status).toBe(401);
  });

  it("can't be forged, changed or carried to another tenant", async () => {
    const { token } = await session(first());
    const [head = "", payload = "", signature = ""] = token.split(".");
    const none = `${head.replace(/\..*/, "")}.${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    const admin = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(token.split(".")[2]!, "base64url").toString()), r: "admin" }),
    ).toString("base64url");
    const changed = token.split(".");
    changed[2] = admin;
    for (const wrong of [
      none,
      changed.join("."),
      token.slice(0, -2),
      `${token}x`,
      token.replace("slp_acme", "slp_globex"),
      `slp_nobody.${payload}.${signature}.x`,
    ]) {
      expect((await house.ask(path(first()), by(wrong))).status, wrong.slice(0, 20)).toBe(401);
    }
  });

  it("may be used from another origin, and a key's answer to a page is the page's own affair", async () => {
    const { token } = await session(first());
    const preflight = await house.app.request(path(first()), {
      method: "OPTIONS",
      headers: {
        origin: "https://1.apps.zdusercontent.com",
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-headers")]).toEqual([
      204,
      expect.stringContaining("authorization"),
    ]);
    const answer = await house.ask(path(first()), {
      ...by(token),
      headers: { ...by(token).headers, origin: "https://1.apps.zdusercontent.com" },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect((await house.context(first())).headers.get("access-control-allow-origin")).toBeNull();
    expect((await house.ask("/v1/sessions", { method: "POST", body: { ref: "nonsense" } })).body.code).toBe("invalid_ref");
  });
});
