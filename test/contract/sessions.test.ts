import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const [first, second] = [0, 1].map((i) => () => harness.lab.tenants["acme"]!.examples.resolved[i]!) as [
  () => string,
  () => string,
];
const session = async (ref: string, options: RequestOptions = { role: "agent" }) =>
  (await harness.request("/v1/sessions", { ...options, method: "POST", body: { ref } })).body as {
    token: string;
    stream: string;
  };
const bearer = (token: string): RequestOptions => ({ role: null, headers: { authorization: `Bearer ${token}` } });
const path = (ref: string) => `/v1/context/${encodeURIComponent(ref)}`;

describe("a panel session", () => {
  it("reads its one customer with the role of its key, and nothing else", async () => {
    const { token, stream } = await session(first());
    const answer = await harness.request(path(first()), bearer(token));
    expect(answer.text).toBe((await harness.context(first(), { role: "agent" })).text);
    expect(stream).toBe(`${path(first())}/stream`);
    for (const [refusedPath, options] of [
      [path(second()), {}],
      ["/v1/events", {}],
      ["/v1/connections", {}],
      ["/v1/contexts", { method: "POST", body: { refs: [first()] } }],
      ["/v1/sessions", { method: "POST", body: { ref: first() } }],
      [`${path(first())}/refresh`, { method: "POST" }],
    ] as const) {
      const answer = await harness.request(refusedPath, { ...bearer(token), ...options });
      expect([answer.status, answer.body.code], refusedPath).toEqual([403, "forbidden"]);
    }
  });

  it("ends after ten minutes, or with its key", async () => {
    const { token } = await session(first());
    harness.clock.advance(9 * 60_000);
    expect((await harness.request(path(first()), bearer(token))).status).toBe(200);
    harness.clock.advance(61_000);
    expect((await harness.request(path(first()), bearer(token))).status).toBe(401);
    const repSession = await session(first(), { role: "rep" });
    const { log, clock } = harness.runtime.tenants.get("acme")!.tenant;
    const { listApiKeys } = await import("@sidelight/context-api/store/apiKeys.ts");
    const { revokeApiKey } = await import("@sidelight/context-api/store/tables/apiKeys.ts");
    const rep = (await listApiKeys(log.store)).find((key) => key.role === "rep")!;
    await log.commit({ statements: [revokeApiKey(log.store, rep.keyId, clock.now())], correlationId: "test" });
    expect((await harness.request(path(first()), bearer(repSession.token))).status).toBe(401);
  });

  it("is refused when it is forged, changed or used for another tenant", async () => {
    const { token } = await session(first());
    const [head = "", payload = "", signature = ""] = token.split(".");
    const tokenWithoutSignature = `${head.replace(/\..*/, "")}.${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`;
    const admin = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(token.split(".")[2]!, "base64url").toString()), r: "admin" }),
    ).toString("base64url");
    const parts = token.split(".");
    parts[2] = admin;
    for (const invalidToken of [
      tokenWithoutSignature,
      parts.join("."),
      token.slice(0, -2),
      `${token}x`,
      token.replace("slp_acme", "slp_globex"),
      `slp_nobody.${payload}.${signature}.x`,
    ]) {
      expect((await harness.request(path(first()), bearer(invalidToken))).status, invalidToken.slice(0, 20)).toBe(401);
    }
  });

  it("can be used from another origin", async () => {
    const { token } = await session(first());
    const preflight = await harness.app.request(path(first()), {
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
    const answer = await harness.request(path(first()), {
      ...bearer(token),
      headers: { ...bearer(token).headers, origin: "https://1.apps.zdusercontent.com" },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect((await harness.context(first())).headers.get("access-control-allow-origin")).toBeNull();
    expect((await harness.request("/v1/sessions", { method: "POST", body: { ref: "nonsense" } })).body.code).toBe("invalid_ref");
  });
});
