import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type Harness, openHarness } from "../harness/harness.ts";
import { assertionClaims, signClaims } from "../lab/hosts/salesforce/assertion.ts";
import { salesforceUser, zendeskAgent } from "../lab/launch/people.ts";
import { appKeyOf, replaceAppKey, type SignedUrl, signedUrlClaims, signUrl } from "../lab/simulators/zendesk/signedUrl.ts";

let harness: Harness;
let ticket: string;
let requester: string;
let organization: string;
let agentId: number;
let restrictedId: number;
let formerId: number;

beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    prepare: async (lab) => {
      const { world } = lab.tenants["acme"]!;
      const agents = [...world.zendesk.users.values()].filter(({ role }) => role === "agent");
      [agentId, restrictedId, formerId] = [zendeskAgent(world, "agent").id, agents[1]!.id, agents[2]!.id];
    },
    configure: ({ tenants: { acme } }) => {
      acme.accessContact = "it@acme.example";
      acme.people[`zendesk.user:${restrictedId}`] = { role: "agent", sections: ["support", "health", "timeline"], act: ["note"] };
      acme.people[`zendesk.user:${formerId}`] = "none";
      acme.permissionSets = { Sidelight_Manager: { role: "rep", pii: true, reveal: true }, Sidelight_User: "rep" };
    },
  });
  ticket = harness.lab.tenants["acme"]!.examples.resolved.find((ref) => ref.startsWith("zendesk.ticket:"))!;
  const row = [...world().zendesk.tickets.values()].find(({ id }) => `zendesk.ticket:${id}` === ticket)!;
  requester = `zendesk.user:${row.requester_id}`;
  organization = `zendesk.organization:${[...world().zendesk.organizations.values()][0]!.id}`;
});
afterAll(() => harness.close());
// Tokens of one second would be equal.
beforeEach(() => harness.clock.advance(1_000));

const tenantOf = (name: string) => harness.lab.tenants[name]!;
const world = () => tenantOf("acme").world;
const claims = (changes: Partial<SignedUrl> = {}) =>
  signedUrlClaims({ ...{ tenant: "acme", userId: agentId, location: "ticket_sidebar", now: harness.clock.now() }, ...changes });
const signed = (changes: Partial<SignedUrl> = {}) => signUrl(tenantOf(changes.tenant ?? "acme").registered, claims(changes));

async function post(token: string, { installation = "acme", accept = "application/json" } = {}) {
  const response = await harness.app.request(`/panels/zendesk/${installation}?origin=https%3A%2F%2Facme.zendesk.com&app_guid=1`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept },
    body: new URLSearchParams({ token }).toString(),
  });
  const text = await response.text();
  const data = /id="sidelight-session">(.*?)<\/script>/.exec(text)?.[1];
  return { status: response.status, headers: response.headers, text, session: data ? JSON.parse(data).token : null };
}
const signIn = async (changes: Partial<SignedUrl> = {}): Promise<string> => (await post(await signed(changes))).session;
const bearer = (token: string) => ({ role: null, headers: { authorization: `Bearer ${token}` } });
const read = (token: string, ref = ticket) => harness.context(ref, bearer(token));
const keyReads = (): number => harness.requests("zendesk").filter(({ path }) => path.includes("public_key.pem")).length;

describe("a signed URL of Zendesk", () => {
  it("opens the app with a session of the agent, which is in no cookie and no URL", async () => {
    const { status, headers, text, session } = await post(await signed(), { accept: "text/html" });
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors https://acme.zendesk.com http://localhost:9");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect([headers.get("set-cookie"), headers.get("location"), headers.get("cache-control")]).toEqual([null, null, "no-store"]);
    expect(text).toContain('src="./assets/');
    const { body } = await read(session);
    expect(body).toMatchObject({ ref: ticket, permissions: { pii: false, reveal: false, contact: "it@acme.example" } });
    expect(body.permissions.act).toEqual(["note", "pin", "follow-up", "refresh", "insert", "identify"]);
  });

  it("gives the agent the rights of the configuration, and the proxied installation those of its role without reveal", async () => {
    const admin = await signIn({ userId: zendeskAgent(world(), "admin").id });
    expect((await read(admin)).body.permissions).toMatchObject({ reveal: true });
    expect((await harness.context(ticket, { role: "agent" })).body.permissions).toMatchObject({ reveal: false });
  });

  it("is used once, by the first of two requests", async () => {
    const token = await signed();
    const statuses = await Promise.all([post(token), post(token)]).then((answers) => answers.map(({ status }) => status));
    expect(statuses.sort()).toEqual([200, 401]);
    expect((await post(token)).status).toBe(401);
  });

  it("is used once, also after a restart", async () => {
    const token = await signed();
    expect((await post(token)).status).toBe(200);
    await harness.restart({ pull: false });
    expect((await post(token)).status).toBe(401);
  });

  it("is refused with the same answer, whatever is wrong", async () => {
    const secrets = tenantOf("acme").registered;
    const pem = appKeyOf(secrets).publicKey;
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const hs256 = (key: string) => new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(key));
    const tokens: Record<string, string> = {
      forged: await new SignJWT(claims()).setProtectedHeader({ alg: "RS256" }).sign(stranger),
      expired: await signed({ now: harness.clock.now() - 6 * 60_000 }),
      "not yet valid": await signed({ now: harness.clock.now() + 60_000 }),
      "signed with the public key as a secret": await hs256(pem),
      "without a signature": `${part({ alg: "none" })}.${part(claims())}.`,
      "of another issuer": await signUrl(secrets, { ...claims(), iss: "globex.zendesk.com" }),
      "of another installation": await signUrl(secrets, { ...claims(), aud: claims().aud.replace("815", "999") }),
      "of another tenant": await signed({ tenant: "globex" }),
      "of a customer's account": await signUrl(secrets, { ...claims(), sub: "https://evil.zendesk.com/api/v2/users/7.json" }),
      "of another product": await signUrl(secrets, { ...claims(), context: { product: "chat", location: "ticket_sidebar" } }),
      "of an unknown place": await signUrl(secrets, { ...claims(), context: { product: "support", location: "constructor" } }),
    };
    for (const [situation, token] of Object.entries(tokens)) {
      const { status, text, session } = await post(token);
      expect([status, session], situation).toEqual([401, null]);
      expect(JSON.parse(text), situation).toMatchObject({
        code: "unauthenticated",
        detail: expect.stringContaining("could not be verified"),
      });
    }
    expect((await post(await signed(), { installation: "nobody" })).status).toBe(401);
    expect((await post(await signed(), { installation: "globex" })).status).toBe(401);
    const page = await post(tokens["forged"]!, { accept: "text/html,*/*" });
    expect([page.status, page.headers.get("content-type")]).toEqual([401, "text/html; charset=utf-8"]);
    expect(harness.logged.filter((line) => line.includes("sign-in refused")).length).toBeGreaterThan(10);
    for (const token of Object.values(tokens)) expect(harness.logged.join("\n")).not.toContain(token);
  });

  it("is refused without access, and names who grants it", async () => {
    const { status, text } = await post(await signed({ userId: formerId }));
    expect([status, JSON.parse(text).detail]).toEqual([403, "You have no access to Sidelight. Ask it@acme.example for it."]);
  });

  it("needs a form with one token", async () => {
    const send = (body: string, contentType: string) =>
      harness.app.request("/panels/zendesk/acme", { method: "POST", headers: { "content-type": contentType }, body });
    const form = "application/x-www-form-urlencoded";
    expect((await send("{}", "application/json")).status).toBe(415);
    expect((await send("other=1", form)).status).toBe(400);
    expect((await send("token=a&token=b", form)).status).toBe(400);
    expect((await send(`token=${"x".repeat(20_000)}`, form)).status).toBe(413);
  });
});

describe("the key of Zendesk", () => {
  it("is read once, again after it was replaced, and not more than once a minute for forged tokens", async () => {
    await signIn();
    const previousReads = keyReads();
    harness.clock.advance(1_000);
    expect(await signIn()).not.toBeNull();
    expect(keyReads()).toBe(previousReads);
    harness.clock.advance(61_000);
    replaceAppKey(tenantOf("acme").registered);
    expect(await signIn()).not.toBeNull();
    expect(keyReads()).toBe(previousReads + 1);
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    for (let i = 0; i < 5; i++) {
      const forgedToken = await new SignJWT({ ...claims(), nonce: i }).setProtectedHeader({ alg: "RS256" }).sign(stranger);
      expect((await post(forgedToken)).status).toBe(401);
    }
    expect(keyReads()).toBe(previousReads + 1);
    harness.clock.advance(1_000);
    expect(await signIn()).not.toBeNull();
  });

  it("that cannot be read gives 503 with a time to retry, until it can", async () => {
    await harness.restart({ pull: false });
    const changes = { tenant: "globex", userId: zendeskAgent(tenantOf("globex").world, "agent").id };
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 500, rate: 1, path: "/api/v2/apps", seed: 1 });
    const token = await signed(changes);
    const refusal = await post(token, { installation: "globex" });
    expect([refusal.status, refusal.headers.get("retry-after")]).toEqual([503, "10"]);
    harness.lab.faults.clear();
    harness.clock.advance(10_000);
    expect((await post(token, { installation: "globex" })).status).toBe(200);
  });
});

describe("a session of an agent", () => {
  it("reads what its place can show, and nothing else", async () => {
    const refsByPlace: Record<string, string[]> = {
      ticket_sidebar: [ticket, requester],
      new_ticket_sidebar: [requester],
      user_sidebar: [requester],
      organization_sidebar: [organization],
    };
    for (const [location, refs] of Object.entries(refsByPlace)) {
      harness.clock.advance(1_000);
      const token = await signIn({ location });
      for (const ref of [ticket, requester, organization]) {
        const expected = refs.includes(ref) ? 200 : 403;
        expect((await read(token, ref)).status, `${location} ${ref}`).toBe(expected);
        const timeline = await harness.request(`/v1/timeline/${encodeURIComponent(ref)}`, bearer(token));
        expect(timeline.status, `${location} timeline ${ref}`).toBe(expected);
      }
      const { body } = await harness.request("/v1/contexts", {
        ...bearer(token),
        method: "POST",
        body: { refs: [ticket, organization] },
      });
      expect(
        body.items.map(({ code = "ok" }) => code),
        location,
      ).toEqual([ticket, organization].map((ref) => (refs.includes(ref) ? "ok" : "forbidden")));
    }
  });

  it("cannot use what is for API keys", async () => {
    const token = await signIn();
    for (const path of ["/v1/events", "/v1/connections", "/v1/deliveries", "/v1/config", "/v1/identity/decisions"]) {
      expect((await harness.request(path, bearer(token))).status, path).toBe(403);
    }
    const body = { ref: ticket };
    expect((await harness.request("/v1/sessions", { ...bearer(token), method: "POST", body })).status).toBe(403);
  });

  it("is renewed until twelve hours after the sign-in, also a short time after its end", async () => {
    const renew = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await harness.app.request("/panels/sessions/renew", { method: "POST", headers });
      return response.status === 200 ? ((await response.json()) as { token: string }).token : null;
    };
    let token = await signIn();
    harness.clock.advance(11 * 60_000);
    expect((await read(token)).status).toBe(401);
    token = (await renew(token))!;
    expect((await read(token)).status).toBe(200);
    harness.clock.advance(3 * 60 * 60_000);
    expect(await renew(token)).toBeNull();
    token = await signIn();
    for (let hours = 0; hours < 6; hours++) {
      harness.clock.advance(119 * 60_000);
      token = (await renew(token))!;
      expect(token).not.toBeNull();
    }
    harness.clock.advance(10 * 60_000);
    expect(await renew(token)).toBeNull();
    const { token: keySession } = (
      await harness.request("/v1/sessions", { role: "agent", method: "POST", body: { ref: ticket } })
    ).body;
    for (const otherToken of [keySession, "", "slp_acme.a.b.c", harness.keys["acme"]!.admin])
      expect(await renew(otherToken)).toBeNull();
  });

  it("contains no personal value without the right pii", async () => {
    const full = (await harness.context(ticket)).body;
    const answer = await read(await signIn());
    expect(full.customer?.email).toMatch(/@/);
    expect(answer.text).not.toContain(full.customer!.email);
    expect(answer.body.customer?.email).toMatch(/^•••@/);
  });

  it("shows the sections of the configuration, and nothing of the others", async () => {
    const full = (await harness.context(ticket)).body;
    const token = await signIn({ userId: restrictedId });
    const { body, text } = await read(token);
    const states = Object.entries(body.sections).map(([name, section]) => [name, section?.state === "forbidden"]);
    expect(states).toEqual([
      ["account", true],
      ["support", false],
      ["product", true],
      ["health", false],
      ["timeline", false],
      ["notes", true],
    ]);
    expect(body.sections.account).toMatchObject({ data: null, provenance: {}, links: [], source: "salesforce" });
    expect(text).not.toContain(full.sections.account!.data!.owner!.name);
    const evidence = body.sections.health?.data?.drivers.map(({ link }) => link) ?? [];
    expect(evidence.filter((link) => link !== "#support")).toEqual([]);
    const sources = (body.sections.timeline?.data?.items ?? []).map(({ source }) => source);
    expect(new Set(sources)).toEqual(new Set(["zendesk"]));
    const page = await harness.request(`/v1/timeline/${encodeURIComponent(ticket)}`, bearer(token));
    expect(page.body.items.filter(({ source }: { source: string }) => source !== "zendesk")).toEqual([]);
    expect(body.permissions.act).toEqual(["note"]);
    const refresh = await harness.request(`/v1/context/${encodeURIComponent(ticket)}/refresh`, {
      ...bearer(token),
      method: "POST",
    });
    expect([refresh.status, refresh.body.detail]).toEqual([403, expect.stringContaining("refresh")]);
  });
});

describe("a change of the rights in the configuration", () => {
  it("applies to an open session at once: a section, then the whole access", async () => {
    const file = join(harness.directory, "sidelight.yaml");
    const original = await readFile(file, "utf8");
    const setGrant = async (grant: unknown): Promise<void> => {
      const config = parse(original);
      config.tenants.acme.people[`zendesk.user:${agentId}`] = grant;
      await writeFile(file, stringify(config));
      await harness.runtime.reload();
    };
    const token = await signIn();
    expect((await read(token)).body.sections.account?.state).not.toBe("forbidden");
    try {
      await setGrant({ role: "agent", sections: ["support"] });
      expect((await read(token)).body.sections.account?.state).toBe("forbidden");
      await setGrant("none");
      expect((await read(token)).status).toBe(401);
    } finally {
      await writeFile(file, original);
      await harness.runtime.reload();
    }
    expect((await read(token)).status).toBe(200);
  });
});

describe("an assertion of Salesforce", () => {
  const user = () => salesforceUser(tenantOf("acme"), harness.clock.now);
  const contact = () => tenantOf("acme").examples.resolved.find((ref) => ref.startsWith("salesforce.contact:"))!;
  const call = (assertion: string, { ref = contact(), role = "rep" as "rep" | null } = {}) =>
    harness.context(ref, { role, headers: { "x-sidelight-assertion": assertion } });
  const sign = (changes: Record<string, unknown> = {}) =>
    signClaims(user(), { ...assertionClaims(user(), contact()), ...changes });

  it("gives the call the rights of the running user, by the permission sets of the configuration", async () => {
    const rep = await call(await sign());
    expect([rep.status, rep.body.permissions.pii, rep.body.permissions.reveal]).toEqual([200, false, false]);
    const manager = await call(await sign({ permissionSets: ["Sidelight_User", "Sidelight_Manager"] }));
    expect([manager.status, manager.body.permissions.pii, manager.body.permissions.reveal]).toEqual([200, true, true]);
    expect((await call(await sign({ permissionSets: ["Other"] }))).status).toBe(403);
  });

  it("is for one record and one call", async () => {
    const assertion = await sign();
    expect((await call(assertion)).status).toBe(200);
    expect((await call(assertion)).status).toBe(401);
    expect((await call(await sign(), { ref: ticket })).status).toBe(403);
  });

  it("bound to the person's own record lists their accounts, and reads no customer", async () => {
    const self = `salesforce.user:${user().userId}`;
    const own = async () => ({ role: "rep" as const, headers: { "x-sidelight-assertion": await sign({ ref: self }) } });
    const list = await harness.request(`/v1/customers?owner=${encodeURIComponent(self)}&limit=5`, await own());
    expect([list.status, list.body.items]).toEqual([200, expect.any(Array)]);
    expect((await harness.context(contact(), await own())).status).toBe(403);
  });

  it("needs the key of the org beside it", async () => {
    expect((await call(await sign(), { role: null })).status).toBe(401);
    const { token } = (await harness.request("/v1/sessions", { role: "rep", method: "POST", body: { ref: contact() } })).body;
    const headers = { authorization: `Bearer ${token}`, "x-sidelight-assertion": await sign() };
    expect((await harness.context(contact(), { role: null, headers })).status).toBe(401);
  });

  it.each<[situation: string, changes: () => Record<string, unknown>]>([
    ["expired", () => ({ iat: 1, nbf: 1, exp: Math.floor(harness.clock.now() / 1000) - 31 })],
    ["with a long life", () => ({ iat: Math.floor(harness.clock.now() / 1000) - 95 })],
    ["not yet valid", () => ({ nbf: Math.floor(harness.clock.now() / 1000) + 60 })],
    ["of another org", () => ({ iss: tenantOf("globex").world.salesforce.organizationId })],
    ["for another audience", () => ({ aud: "https://login.salesforce.com" })],
    ["without a jti", () => ({ jti: undefined })],
    ["of no user", () => ({ sub: "003000000000001AAA" })],
  ])("is refused when it is %s", async (_, changes) => {
    expect((await call(await sign(changes()))).status).toBe(401);
  });

  it("is refused when another certificate signed it, or the certificate serves as a secret", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const forgedAssertion = await new SignJWT(assertionClaims(user(), contact()))
      .setProtectedHeader({ alg: "RS256" })
      .sign(privateKey);
    const pem = createPublicKey(user().privateKey).export({ type: "spki", format: "pem" });
    const secretSignedAssertion = await new SignJWT(assertionClaims(user(), contact()))
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode(String(pem)));
    const ofZendesk = await signed();
    for (const assertion of [forgedAssertion, secretSignedAssertion, ofZendesk, "", "x.y.z"])
      expect((await call(assertion)).status).toBe(401);
  });
});
