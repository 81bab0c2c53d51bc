import { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

describe("a known customer", () => {
  it("resolves for every example ref of every tenant, in the contract's form", async () => {
    for (const [tenant, { examples }] of Object.entries(house.lab.tenants)) {
      for (const ref of [...examples.resolved, ...examples.hierarchy]) {
        const { status, body } = await house.context(ref, { tenant });
        expect(status, ref).toBe(200);
        expect(Context.safeParse(body).error, ref).toBeUndefined();
        expect(body.match.state, ref).toBe("resolved");
        const needed = examples.resolved.includes(ref) ? (["account", "support", "product"] as const) : [];
        for (const name of needed) expect(body.sections[name]!.state, `${ref} ${name}`).toBe("ok");
      }
    }
  });

  it("is answered from memory the second time, with no platform asked", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const first = await house.context(ref!);
    const before = house.requests().length;
    const second = await house.context(ref!);
    expect(second.tier).toBe("memory");
    expect(second.text).toBe(first.text);
    expect(house.requests().length).toBe(before);
  });

  it("answers 304 to its own ETag and nothing else", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const { headers } = await house.context(ref!);
    const etag = headers.get("etag")!;
    expect(etag).toMatch(/^"[^"]+"$/);
    const again = await house.context(ref!, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect(again.text).toBe("");
    expect((await house.context(ref!, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toMatch(/authorization/i);
    expect(headers.get("x-request-id")).toBeTruthy();
  });

  it("holds nothing of one request in its body", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const { text, headers } = await house.context(ref!, { headers: { "x-request-id": "request-id-in-the-body" } });
    expect(headers.get("x-request-id")).toBe("request-id-in-the-body");
    expect(text).not.toContain("request-id-in-the-body");
  });

  it("gives only the sections that were asked for", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const { body } = await house.context(ref!, { query: "?sections=support,health" });
    expect(Object.keys(body.sections).sort()).toEqual(["health", "support"]);
  });
});

describe("a customer who can't be told", () => {
  it("is ambiguous when one address belongs to two accounts, with what tells them apart", async () => {
    for (const ref of house.lab.tenants["acme"]!.examples.ambiguous) {
      const { body } = await house.context(ref);
      expect(body.match.state).toBe("ambiguous");
      expect(body.customer).toBeNull();
      expect(body.sections).toEqual({});
      expect(body.match.candidates.length).toBeGreaterThan(1);
      const told = body.match.candidates.map((c) => JSON.stringify(c.distinguishing));
      expect(new Set(told).size).toBe(told.length);
    }
  });

  it("can be picked among the candidates by its id", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.ambiguous;
    const { body } = await house.context(ref!);
    for (const { id } of body.match.candidates) {
      const picked = await house.context(id);
      expect(picked.body.match.state).toBe("resolved");
      expect(picked.body.customer?.id).toBe(id);
    }
  });

  it("is none, with what was searched, when nobody knows the address", async () => {
    for (const ref of house.lab.tenants["acme"]!.examples.none) {
      const { body } = await house.context(ref);
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
  it("hides personal values from roles without the right, wherever they stand", async () => {
    const { world, examples } = house.lab.tenants["acme"]!;
    const addresses = world.people.map((p) => p.email).filter((e): e is string => e !== null && e !== undefined);
    for (const ref of [...examples.resolved, ...examples.ambiguous]) {
      for (const role of ["agent", "rep"] as const) {
        const { text, body } = await house.context(ref, { role });
        const own = ref.startsWith("email:") ? ref.slice(6) : "";
        const seen = text.replaceAll(own ? `"ref":"${ref}"` : "\0", "");
        for (const address of addresses) expect(seen.includes(address), `${address} in ${ref} for ${role}`).toBe(false);
        expect(body.permissions.pii).toBe(false);
      }
    }
  });

  it("lists what it hid", async () => {
    const [ref] = house.lab.tenants["acme"]!.examples.resolved;
    const asAgent = await house.context(ref!, { role: "agent" });
    const asAdmin = await house.context(ref!, { role: "admin" });
    expect(asAgent.body.customer!.email).toMatch(/^•••@/);
    expect(asAgent.body.customer!.masked).toContain("/email");
    expect(asAdmin.body.customer!.email).toMatch(/^[^•]+@/);
    expect(asAdmin.body.customer!.masked).toEqual([]);
  });
});

describe("what is not there", () => {
  it.each([
    ["/v1/context/nonsense", 400, "invalid_ref"],
    ["/v1/context/zendesk.ticket:abc", 400, "invalid_ref"],
    ["/v1/context/salesforce.account:123", 400, "invalid_ref"],
    ["/v1/context/email:someone@example.com?sections=secrets", 400, "invalid_request"],
    ["/v1/context/email:someone@example.com?deadline=-5", 400, "invalid_request"],
    ["/v1/audit", 501, "not_implemented"],
    ["/v1/nothing", 404, "not_found"],
  ])("%s answers %i %s as a problem", async (path, status, code) => {
    const { body, status: answered, headers } = await house.ask(path);
    expect(answered).toBe(status);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(body).toMatchObject({ status, code });
    expect(body.requestId).toBe(headers.get("x-request-id"));
  });

  it("refuses whoever brings no key, a wrong one or a damaged one", async () => {
    const right = house.keys["acme"]!.admin;
    const wrong = [null, "", "Bearer", "Bearer x", `Bearer ${right}x`, `Bearer ${right.slice(0, -1)}`, `Basic ${right}`];
    for (const authorization of wrong) {
      const headers: Record<string, string> = authorization === null ? {} : { authorization };
      const { status, body } = await house.ask("/v1/connections", { role: null, headers });
      expect(status, String(authorization)).toBe(401);
      expect(body.code).toBe("unauthenticated");
    }
  });
});

describe("the metrics", () => {
  it("count who answered, and say how each platform is doing, without a value of any customer", async () => {
    const [ref] = house.lab.tenants["globex"]!.examples.resolved;
    await house.context(ref!, { tenant: "globex" });
    await house.context(ref!, { tenant: "globex" });
    const { text } = await house.ask("/metrics", { role: null });
    expect(text).toMatch(/sidelight_context_answers_total\{tenant="globex",tier="memory"\} [1-9]/);
    expect(text).toMatch(/sidelight_connection_up\{tenant="acme",connection="zendesk"\} 1/);
    expect(text).toMatch(/sidelight_http_requests_total\{route="\/v1\/context\/:ref",method="GET",status="200"\}/);
    for (const person of house.lab.tenants["globex"]!.world.people) expect(text).not.toContain(person.email);
  });
});
