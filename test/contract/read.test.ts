import { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

describe("a known customer", () => {
  it("resolves for every example ref of every tenant, and matches its schema", async () => {
    for (const [tenant, { examples }] of Object.entries(harness.lab.tenants)) {
      for (const ref of [...examples.resolved, ...examples.hierarchy]) {
        const { status, body } = await harness.context(ref, { tenant });
        expect(status, ref).toBe(200);
        expect(Context.safeParse(body).error, ref).toBeUndefined();
        expect(body.match.state, ref).toBe("resolved");
        const missingSections = examples.resolved.includes(ref) ? (["account", "support", "product"] as const) : [];
        for (const name of missingSections) expect(body.sections[name]!.state, `${ref} ${name}`).toBe("ok");
      }
    }
  });

  it("is answered from memory the second time, without a call to a platform", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const first = await harness.context(ref!);
    const requestCount = harness.requests().length;
    const second = await harness.context(ref!);
    expect(second.tier).toBe("memory");
    expect(second.text).toBe(first.text);
    expect(harness.requests().length).toBe(requestCount);
  });

  it("is 304 for its own ETag only", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const { headers } = await harness.context(ref!);
    const etag = headers.get("etag")!;
    expect(etag).toMatch(/^"[^"]+"$/);
    const second = await harness.context(ref!, { headers: { "if-none-match": etag } });
    expect(second.status).toBe(304);
    expect(second.text).toBe("");
    expect((await harness.context(ref!, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toMatch(/authorization/i);
    expect(headers.get("x-request-id")).toBeTruthy();
  });

  it("has nothing of one request in its body", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const { text, headers } = await harness.context(ref!, { headers: { "x-request-id": "request-id-in-the-body" } });
    expect(headers.get("x-request-id")).toBe("request-id-in-the-body");
    expect(text).not.toContain("request-id-in-the-body");
  });

  it("has the requested sections only", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const { body } = await harness.context(ref!, { query: "?sections=support,health" });
    expect(Object.keys(body.sections).sort()).toEqual(["health", "support"]);
  });
});

describe("a customer that is not resolved", () => {
  it("is ambiguous when one address belongs to two accounts, with values that differ", async () => {
    for (const ref of harness.lab.tenants["acme"]!.examples.ambiguous) {
      const { body } = await harness.context(ref);
      expect(body.match.state).toBe("ambiguous");
      expect(body.customer).toBeNull();
      expect(body.sections).toEqual({});
      expect(body.match.candidates.length).toBeGreaterThan(1);
      const values = body.match.candidates.map((c) => JSON.stringify(c.distinguishing));
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it("can be requested by the id of a candidate", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.ambiguous;
    const { body } = await harness.context(ref!);
    for (const { id } of body.match.candidates) {
      const context = await harness.context(id);
      expect(context.body.match.state).toBe("resolved");
      expect(context.body.customer?.id).toBe(id);
    }
  });

  it("is none, with the lookups, when no platform knows the address", async () => {
    for (const ref of harness.lab.tenants["acme"]!.examples.none) {
      const { body } = await harness.context(ref);
      expect(body.match.state).toBe("none");
      expect(body.match.partial).toBe(false);
      expect(body.customer).toBeNull();
      expect(body.sections).toEqual({});
      expect(body.match.searched.map((s) => s.platform).sort()).toEqual(["mixpanel", "salesforce", "zendesk"]);
      expect(body.match.searched.every((s) => s.state === "not_found" && s.by === "email")).toBe(true);
    }
  });
});

describe("masking", () => {
  it("hides personal values from roles without the right, in every member", async () => {
    const { world, examples } = harness.lab.tenants["acme"]!;
    const addresses = world.people.map((p) => p.email).filter((e): e is string => e !== null && e !== undefined);
    for (const ref of [...examples.resolved, ...examples.ambiguous]) {
      for (const role of ["agent", "rep"] as const) {
        const { text, body } = await harness.context(ref, { role });
        const ownAddress = ref.startsWith("email:") ? ref.slice(6) : "";
        const answerText = text.replaceAll(ownAddress ? `"ref":"${ref}"` : "\0", "");
        for (const address of addresses) expect(answerText.includes(address), `${address} in ${ref} for ${role}`).toBe(false);
        expect(body.permissions.pii).toBe(false);
      }
    }
  });

  it("lists the masked members", async () => {
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const asAgent = await harness.context(ref!, { role: "agent" });
    const asAdmin = await harness.context(ref!, { role: "admin" });
    expect(asAgent.body.customer!.email).toMatch(/^•••@/);
    expect(asAgent.body.customer!.masked).toContain("/email");
    expect(asAdmin.body.customer!.email).toMatch(/^[^•]+@/);
    expect(asAdmin.body.customer!.masked).toEqual([]);
  });
});

describe("a refused request", () => {
  it.each([
    ["/v1/context/nonsense", 400, "invalid_ref"],
    ["/v1/context/zendesk.ticket:abc", 400, "invalid_ref"],
    ["/v1/context/salesforce.account:123", 400, "invalid_ref"],
    ["/v1/context/email:someone@example.com?sections=secrets", 400, "invalid_request"],
    ["/v1/context/email:someone@example.com?deadline=-5", 400, "invalid_request"],
    ["/v1/nothing", 404, "not_found"],
  ])("%s answers %i %s as a problem", async (path, status, code) => {
    const { body, status: actualStatus, headers } = await harness.request(path);
    expect(actualStatus).toBe(status);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ status, code });
    expect(body.requestId).toBe(headers.get("x-request-id"));
  });

  it("is 401 without a key, with a wrong key and with a damaged one", async () => {
    const right = harness.keys["acme"]!.admin;
    const invalidHeaders = [null, "", "Bearer", "Bearer x", `Bearer ${right}x`, `Bearer ${right.slice(0, -1)}`, `Basic ${right}`];
    for (const authorization of invalidHeaders) {
      const headers: Record<string, string> = authorization === null ? {} : { authorization };
      const { status, body } = await harness.request("/v1/connections", { role: null, headers });
      expect(status, String(authorization)).toBe(401);
      expect(body.code).toBe("unauthenticated");
    }
  });
});

describe("the metrics", () => {
  it("count answers by tier and show the state of each connection, without a value of a customer", async () => {
    const [ref] = harness.lab.tenants["globex"]!.examples.resolved;
    await harness.context(ref!, { tenant: "globex" });
    await harness.context(ref!, { tenant: "globex" });
    const { text } = await harness.request("/metrics", { tenant: "globex", role: "service" });
    expect(text).toMatch(/sidelight_context_answers_total\{tenant="globex",tier="memory"\} [1-9]/);
    expect(text).toMatch(/sidelight_connection_up\{tenant="globex",connection="zendesk"\} 1/);
    expect(text).not.toContain("acme");
    expect(text).toMatch(/sidelight_http_requests_total\{route="\/v1\/context\/:ref",method="GET",status="200"\}/);
    for (const person of harness.lab.tenants["globex"]!.world.people) expect(text).not.toContain(person.email);
  });

  it("name no tenant to a stranger, and are refused to a panel's key", async () => {
    const { status, text } = await harness.request("/metrics", { role: null });
    expect([status, text.includes("sidelight_http_requests_total")]).toEqual([200, true]);
    expect(text).not.toMatch(/acme|globex|tenant=/);
    expect((await harness.request("/metrics", { role: "agent" })).status).toBe(403);
    const headers = { authorization: "Bearer wrong" };
    expect((await harness.request("/metrics", { role: null, headers })).status).toBe(401);
  });
});
