import { revokeApiKey } from "@sidelight/context-api/store/tables/apiKeys.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiResponse, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

const origin = "http://localhost:8787";
const ownPage = { host: "localhost:8787", origin, "sec-fetch-site": "same-origin" };
const minuteMs = 60_000;

interface SignedIn {
  cookie: string;
  csrf: string;
}

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const post = (apiKey: string, headers: Record<string, string> = ownPage): Promise<ApiResponse<Record<string, unknown>>> =>
  harness.request("/console/session", { role: null, method: "POST", body: { apiKey }, headers });

const cookieOf = ({ headers }: ApiResponse<unknown>): string => headers.getSetCookie()[0]?.split(";")[0] ?? "";

async function signIn(role: "admin" | "service" = "admin", tenant = "acme"): Promise<SignedIn> {
  const answer = await post(harness.keys[tenant]![role]);
  expect(answer.status).toBe(201);
  return { cookie: cookieOf(answer), csrf: String(answer.body["csrfToken"]) };
}

const withCookie = ({ cookie, csrf }: SignedIn, options: RequestOptions = {}): RequestOptions => ({
  role: null,
  ...options,
  headers: { ...ownPage, cookie, "x-sidelight-csrf": csrf, ...options.headers },
});

describe("the sign-in of the console", () => {
  it("answers what the page needs, and puts the token where no script reads it", async () => {
    const answer = await post(harness.keys["acme"]!.admin);
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^sidelight-console=slc_acme_[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    expect(answer.body).toMatchObject({ tenant: "acme", role: "admin", keyName: "admin", idleSeconds: 1800 });
    expect(answer.body["rights"]).toEqual({ pii: true, text: true, events: true, operate: true, identify: true });
    expect(answer.text).not.toContain(cookieOf(answer).slice("sidelight-console=".length));
    const { headers } = await post(harness.keys["acme"]!.admin, {
      ...ownPage,
      host: "ops.example",
      origin: "https://ops.example",
    });
    expect(headers.getSetCookie()[0]).toMatch(/^__Host-sidelight-console=.*; Secure$/);
  });

  it("takes keys with the role admin or service only, over TLS or on this machine, from its own page", async () => {
    expect((await post(harness.keys["acme"]!.agent)).status).toBe(403);
    const { body } = await harness.request("/v1/sessions", { method: "POST", body: { ref: "zendesk.ticket:1" } });
    expect((await post(body.token)).status).toBe(403);
    const key = harness.keys["acme"]!.admin;
    for (const headers of [
      { ...ownPage, "sec-fetch-site": "cross-site" },
      { ...ownPage, "sec-fetch-site": "same-site" },
      { host: "localhost:8787", origin: "https://evil.example" },
      { host: "localhost:8787" },
      { host: "ops.example", origin: "http://ops.example" },
    ] as Record<string, string>[])
      expect([headers, (await post(key, headers)).status]).toEqual([headers, 403]);
    expect((await post("nonsense")).status).toBe(401);
  });

  it("is refused for a minute after ten wrong keys", async () => {
    harness.clock.advance(minuteMs);
    for (let i = 0; i < 10; i++) expect((await post("nonsense")).status).toBe(401);
    const refusals = await post(harness.keys["acme"]!.admin);
    expect([refusals.status, refusals.headers.get("retry-after")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    harness.clock.advance(minuteMs);
    await signIn();
  });
});

describe("a console session", () => {
  it("reads and changes with the rights of its key, in its tenant only", async () => {
    const [admin, service, otherSession] = [await signIn(), await signIn("service"), await signIn("admin", "globex")];
    expect((await harness.request("/v1/deliveries", withCookie(admin))).status).toBe(200);
    expect((await harness.request("/v1/deliveries", withCookie(service))).status).toBe(403);
    expect((await harness.request("/v1/connections", withCookie(service))).status).toBe(200);
    const retry = { method: "POST", body: {} };
    expect((await harness.request("/v1/deliveries/retry", withCookie(admin, retry))).body).toEqual({ retried: 0 });
    const { body } = await harness.request("/console/session", withCookie(otherSession));
    expect(body.tenant).toBe("globex");
    const { body: events } = await harness.request("/v1/events?limit=1", withCookie(otherSession));
    expect(events.items[0].tenant).toBe("globex");
  });

  it("is refused for another site, without the token of the page, and with that of another session", async () => {
    const [session, otherSession] = [await signIn(), await signIn()];
    const send = (headers: Record<string, string>, method = "POST") =>
      harness.request(
        method === "POST" ? "/v1/deliveries/retry" : "/v1/deliveries",
        withCookie(session, { method, headers, ...(method === "POST" && { body: {} }) }),
      );
    expect((await send({})).status).toBe(200);
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { "sec-fetch-site": "none" },
      { "x-sidelight-csrf": "" },
      { "x-sidelight-csrf": otherSession.csrf },
    ] as Record<string, string>[])
      expect([headers, (await send(headers)).status]).toEqual([headers, 403]);
    expect((await send({ "sec-fetch-site": "cross-site" }, "GET")).status).toBe(403);
    const { "sec-fetch-site": _, ...withoutMetadata } = ownPage;
    const plain = { role: null, headers: { ...withoutMetadata, origin: "https://evil.example", cookie: session.cookie } };
    expect((await harness.request("/v1/deliveries", plain)).status).toBe(403);
  });

  it("counts for no path that other origins may read, and not beside a header", async () => {
    const session = await signIn();
    const ref = encodeURIComponent(harness.lab.tenants["acme"]!.examples.resolved[0]!);
    expect((await harness.request(`/v1/context/${ref}`, withCookie(session))).status).toBe(401);
    expect((await harness.request(`/v1/context/${ref}/stream`, withCookie(session))).status).toBe(401);
    const agent = { headers: { authorization: `Bearer ${harness.keys["acme"]!.agent}` } };
    expect((await harness.request("/v1/deliveries", withCookie(session, agent))).status).toBe(403);
    const nonsense = { headers: { authorization: "Bearer nonsense" } };
    expect((await harness.request("/v1/deliveries", withCookie(session, nonsense))).status).toBe(401);
  });

  it("is accepted under the name without TLS on this machine only", async () => {
    const session = await signIn();
    const options = withCookie(session, { headers: { host: "ops.example", origin: "https://ops.example" } });
    expect((await harness.request("/v1/deliveries", options)).status).toBe(401);
  });

  it("outlives a restart, and its sign-out too, and both are in the audit", async () => {
    const [session, otherSession] = [await signIn(), await signIn()];
    await harness.restart({ pull: false });
    expect((await harness.request("/console/session", withCookie(session))).body.csrfToken).toBe(session.csrf);
    const endedState = await harness.request("/console/session", withCookie(session, { method: "DELETE" }));
    expect([endedState.status, endedState.headers.getSetCookie().length]).toEqual([204, 2]);
    for (const restart of [false, true]) {
      if (restart) await harness.restart({ pull: false });
      expect((await harness.request("/v1/deliveries", withCookie(session))).status).toBe(401);
      expect((await harness.request("/v1/deliveries", withCookie(otherSession))).status).toBe(200);
    }
    const { body } = await harness.request("/v1/audit?limit=20");
    const verbs = body.items.map(({ verb }: { verb: string }) => verb);
    expect(verbs).toContain("console.signIn");
    expect(verbs).toContain("console.signOut");
    expect(JSON.stringify(body)).not.toContain("slc_");
  });

  it("ends after half an hour without activity, and after eight hours in any case", async () => {
    const session = await signIn();
    const read = async () => (await harness.request("/v1/deliveries", withCookie(session))).status;
    const renew = { method: "POST" };
    harness.clock.advance(29 * minuteMs);
    // What the page reads on its own is no activity.
    expect(await read()).toBe(200);
    harness.clock.advance(2 * minuteMs);
    expect(await read()).toBe(401);
    expect((await harness.request("/console/session/renew", withCookie(session, renew))).status).toBe(401);
    const active = await signIn();
    for (let i = 0; i < 19; i++) {
      harness.clock.advance(25 * minuteMs);
      expect((await harness.request("/console/session/renew", withCookie(active, renew))).status).toBe(200);
    }
    harness.clock.advance(6 * minuteMs);
    expect((await harness.request("/console/session", withCookie(active))).status).toBe(401);
  });

  it("ends with its key", async () => {
    const session = await signIn("service");
    expect((await harness.request("/v1/connections", withCookie(session))).status).toBe(200);
    const { log, clock } = harness.runtime.tenants.get("acme")!.tenant;
    const keyId = harness.keys["acme"]!.service.split("_")[2]!;
    await log.commit({ statements: [revokeApiKey(log.store, keyId, clock.now())], correlationId: "test" });
    expect((await harness.request("/v1/connections", withCookie(session))).status).toBe(401);
  });
});
