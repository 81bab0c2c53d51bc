import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { call, form, type Reply, tinyLab, zendeskClient, zendeskToken } from "../testing.ts";
import { parseTerms } from "./terms.ts";

const { lab, acme, clock } = await tinyLab({ limits: { zendesk: { exportsPerMinute: 1_000, requestsPerMinute: 5_000 } } });
afterAll(() => lab.close());
const { url, credentials } = acme.zendesk;
const { world } = acme;
const api = await zendeskClient(acme);
const get = (path: string): Promise<Reply> => api("GET", path);
const hero = world.ids.zendesk.user(0);
const heroEmail = world.people[0]!.email;

describe("signing in", () => {
  const token = (fields: Record<string, string>) =>
    call(`${url}/oauth/tokens`, form({ client_id: credentials.clientId, client_secret: credentials.clientSecret, ...fields }));

  test("issues no refresh token for client credentials, and refuses wrong ones", async () => {
    const { body } = await token({ grant_type: "client_credentials", scope: "read" });
    expect(body).toMatchObject({ token_type: "bearer", scope: "read", expires_in: 1_800 });
    expect(body.refresh_token).toBeUndefined();
    expect(await token({ grant_type: "client_credentials", client_secret: "x" })).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
    expect(await token({ grant_type: "client_credentials", scope: "everything" })).toMatchObject({
      status: 400,
      body: { error: "invalid_scope" },
    });
    expect(await token({ grant_type: "password" })).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
  });

  test("revokes the old access and refresh token on refresh", async () => {
    const consent = `${url}/oauth/authorizations/new?response_type=code&client_id=${credentials.clientId}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fback&scope=read&state=s1`;
    const callback = new URL((await fetch(consent, { redirect: "manual" })).headers.get("location")!);
    expect(callback.searchParams.get("state")).toBe("s1");
    const code = callback.searchParams.get("code")!;
    const first = await token({ grant_type: "authorization_code", code, redirect_uri: "http://127.0.0.1/back" });
    expect((await token({ grant_type: "authorization_code", code, redirect_uri: "http://127.0.0.1/back" })).status).toBe(400);
    const me = (access: string) => call(`${url}/api/v2/users/me.json`, { headers: { authorization: `Bearer ${access}` } });
    expect((await me(first.body.access_token)).status).toBe(200);
    const second = await token({ grant_type: "refresh_token", refresh_token: first.body.refresh_token });
    expect(second.status).toBe(200);
    expect((await me(first.body.access_token)).status).toBe(401);
    expect((await me(second.body.access_token)).status).toBe(200);
    expect(await token({ grant_type: "refresh_token", refresh_token: first.body.refresh_token })).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  test("expires tokens, refuses API tokens and unknown ones, and enforces scopes", async () => {
    const bearer = await zendeskToken(acme);
    const ask = (authorization: string, path = "/api/v2/users/me") => call(url + path, { headers: { authorization } });
    expect((await ask(`Bearer ${bearer}`)).status).toBe(200);
    clock.advance(1_801_000);
    expect(await ask(`Bearer ${bearer}`)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    clock.advance(-1_801_000);
    expect((await ask(`Basic ${Buffer.from("a@b.example/token:x").toString("base64")}`)).status).toBe(401);
    expect((await ask(`Bearer ${await zendeskToken(lab.tenants["globex"]!)}`)).status).toBe(401);
    const reader = await zendeskClient(acme, "read");
    expect((await reader("PUT", "/api/v2/tickets/1", { ticket: {} })).status).toBe(403);
    const narrow = await zendeskClient(acme, "tickets:read");
    expect((await narrow("GET", "/api/v2/tickets/1")).status).toBe(200);
    expect((await narrow("GET", `/api/v2/users/${hero}`)).status).toBe(403);
  });
});

describe("incremental exports", () => {
  const exportAll = async (resource: string, include = ""): Promise<Record<string, { id: number }[]>> => {
    const pages: Record<string, { id: number }[]> = {};
    for (
      let page = await get(`/api/v2/incremental/${resource}/cursor.json?start_time=1&per_page=20${include}`);
      ;
      page = await get(page.body.after_url)
    ) {
      for (const [key, list] of Object.entries(page.body)) if (Array.isArray(list)) pages[key] = [...(pages[key] ?? []), ...list];
      if (page.body.end_of_stream) return pages;
    }
  };

  test("return every ticket once, oldest change first, with sideloads", async () => {
    const { tickets, metric_sets } = await exportAll("tickets", "&include=metric_sets");
    expect(new Set(tickets!.map((t) => t.id)).size).toBe(world.zendesk.tickets.size);
    expect(tickets).toHaveLength(world.zendesk.tickets.size);
    expect(metric_sets).toHaveLength(tickets!.length);
    const stamps = (tickets as unknown as { generated_timestamp: number }[]).map((t) => t.generated_timestamp);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
  });

  test("return every user with all addresses", async () => {
    const { users, identities } = await exportAll("users", "&include=identities");
    expect(users).toHaveLength(world.zendesk.users.size);
    expect(identities).toHaveLength(world.zendesk.identities.size);
  });

  test("continue from a cursor, and omit the last minute", async () => {
    const end = await get(`/api/v2/incremental/tickets/cursor?start_time=${Math.floor(clock.now() / 1000) - 400}`);
    expect(end.body).toMatchObject({ tickets: [], after_cursor: null, end_of_stream: true });
    const full = await get("/api/v2/incremental/tickets/cursor?start_time=1");
    const created = await api("POST", "/api/v2/tickets", { ticket: { subject: "new", comment: { body: "x" } } });
    const next = `/api/v2/incremental/tickets/cursor?cursor=${encodeURIComponent(full.body.after_cursor)}`;
    expect((await get(next)).body).toMatchObject({ tickets: [], after_cursor: full.body.after_cursor, end_of_stream: true });
    clock.advance(61_000);
    expect((await get(next)).body.tickets.map((t: { id: number }) => t.id)).toEqual([created.body.ticket.id]);
  });

  test("return organizations by time", async () => {
    const { body } = await get("/api/v2/incremental/organizations.json?start_time=1");
    expect(body).toMatchObject({ count: world.zendesk.organizations.size, end_of_stream: true });
    expect(body.next_page).toContain(`start_time=${body.end_time}`);
  });

  test("refuse a start too recent, an invalid cursor, and a user who is not an admin", async () => {
    const now = Math.floor(clock.now() / 1000);
    expect(await get(`/api/v2/incremental/tickets/cursor?start_time=${now - 10}`)).toMatchObject({
      status: 422,
      body: { error: "InvalidValue", description: expect.stringContaining("Too recent start_time") },
    });
    expect((await get("/api/v2/incremental/tickets/cursor?cursor=nope")).status).toBe(400);
    expect((await get("/api/v2/incremental/tickets/cursor")).status).toBe(400);
    const { users, integrationUser } = world.zendesk;
    const role = (newRole: "agent" | "admin") => world.change(() => users.put({ ...users.get(integrationUser)!, role: newRole }));
    role("agent");
    expect((await get("/api/v2/incremental/users/cursor?start_time=1")).status).toBe(403);
    role("admin");
  });
});

describe("lists", () => {
  test("page by cursor without gap or overlap", async () => {
    const ids: number[] = [];
    for (let path: string | null = "/api/v2/satisfaction_ratings?page[size]=7"; path; ) {
      const { body }: Reply = await get(path);
      ids.push(...body.satisfaction_ratings.map((r: { id: number }) => r.id));
      expect(body.meta.has_more).toBe(body.links.next !== null);
      path = body.links.next;
    }
    expect(ids.sort()).toEqual([...world.zendesk.ratings.values()].map((r) => r.id).sort());
  });

  test("sort tickets as requested, with sideloads", async () => {
    const stamps = (body: { tickets: { updated_at: string }[] }) => body.tickets.map((t) => Date.parse(t.updated_at));
    const organization = world.ids.zendesk.organization(0);
    for (const list of [`users/${hero}/tickets/requested`, `organizations/${organization}/tickets`, "tickets"]) {
      const { body } = await get(`/api/v2/${list}?page[size]=20&sort=-updated_at&include=metric_sets`);
      expect(body.tickets.length, list).toBeGreaterThan(2);
      expect(stamps(body), list).toEqual([...stamps(body)].sort((a, b) => b - a));
      expect(body.metric_sets.map((m: { ticket_id: number }) => m.ticket_id)).toEqual(
        body.tickets.map((t: { id: number }) => t.id),
      );
    }
    const { body } = await get(`/api/v2/users/${hero}/tickets/requested?sort_by=updated_at&sort_order=asc`);
    expect(stamps(body)).toEqual([...stamps(body)].sort((a, b) => a - b));
    expect((await get("/api/v2/tickets?sort=-mood&page[size]=20")).status).toBe(400);
  });

  test("filter tickets and users by external id", async () => {
    const created = await api("POST", "/api/v2/tickets", { ticket: { external_id: "e-1", comment: { body: "x" } } });
    expect((await get("/api/v2/tickets?external_id=e-1")).body.tickets).toMatchObject([{ id: created.body.ticket.id }]);
    expect((await get("/api/v2/tickets?external_id=e-2")).body.tickets).toEqual([]);
    expect((await get("/api/v2/users?external_id=u_000000")).body.users).toMatchObject([{ id: hero }]);
  });

  test("refuse pages that are too large or too deep", async () => {
    expect((await get("/api/v2/organizations?page[size]=101")).status).toBe(400);
    expect((await get("/api/v2/organizations?page[after]=nope")).status).toBe(400);
    expect((await get("/api/v2/tickets?page=102&per_page=100")).status).toBe(400);
  });

  test("filter ratings by score and time", async () => {
    const since = Math.floor(clock.now() / 1000) - 90 * 86_400;
    const { body } = await get(`/api/v2/satisfaction_ratings?score=good&start_time=${since}&page[size]=100`);
    const expected = [...world.zendesk.ratings.values()].filter(
      (r) => r.score === "good" && Date.parse(r.created_at) / 1000 >= since,
    );
    expect(body.satisfaction_ratings).toHaveLength(expected.length);
    expect((await get("/api/v2/satisfaction_ratings?score=perfect")).status).toBe(400);
    // "Responses don't include this property."
    expect(body.satisfaction_ratings[0]).not.toHaveProperty("reason_code");
  });
});

describe("single things", () => {
  test("return tickets with metrics, comments and sideloads, and all custom fields by number", async () => {
    const id = acme.examples.resolved[0]!.split(":")[1];
    const { body } = await get(`/api/v2/tickets/${id}?include=users,organizations,metric_sets`);
    expect(body.ticket).toMatchObject({ requester_id: hero, status: "open", priority: "urgent" });
    expect(body.ticket.custom_fields).toHaveLength(world.zendesk.fields.length);
    expect(body.users.map((u: { id: number }) => u.id)).toContain(hero);
    expect((await get(`/api/v2/tickets/${id}/metrics`)).body.ticket_metric.full_resolution_time_in_minutes).toEqual({
      calendar: null,
      business: null,
    });
    expect((await get(`/api/v2/tickets/${id}/comments`)).body.comments[0].author_id).toBe(hero);
    expect((await get(`/api/v2/tickets/show_many?ids=${id},999999`)).body.count).toBe(1);
    expect((await get(`/api/v2/users/${hero}/tickets/requested`)).body.tickets.length).toBeGreaterThan(2);
  });

  test("return RecordNotFound for a missing record, and InvalidEndpoint for an unknown path", async () => {
    expect(await get("/api/v2/tickets/999999")).toMatchObject({ status: 404, body: { error: "RecordNotFound" } });
    expect(await get("/api/v2/users/1")).toMatchObject({ status: 404, body: { error: "RecordNotFound" } });
    expect(await get("/api/v2/nope")).toMatchObject({ status: 404, body: { error: "InvalidEndpoint" } });
    expect((await get("/api/v2/tickets/abc")).status).toBe(400);
    expect((await get(`/api/v2/users/show_many?ids=${Array(101).fill(1).join(",")}`)).status).toBe(400);
  });
});

describe("search", () => {
  const users = async (query: string): Promise<number[]> =>
    (await get(`/api/v2/users/search?query=${encodeURIComponent(query)}`)).body.users.map((u: { id: number }) => u.id);

  test("finds the one user of a quoted address, also of a secondary one", async () => {
    expect(await users(`email:"${heroEmail.toUpperCase()}"`)).toEqual([hero]);
    const personWithSeveral = world.people.find((p) => p.moreEmails.length > 0 && p.zendesk)!;
    expect(await users(`email:"${personWithSeveral.moreEmails[0]}"`)).toEqual([world.ids.zendesk.user(personWithSeveral.index)]);
    expect(await users('email:"nobody@nowhere.example"')).toEqual([]);
  });

  test("matches loosely without quotes, so that an injection shows", async () => {
    expect((await users("email:maya*")).length).toBeGreaterThan(0);
    expect(await users(`email:"nobody@nowhere.example" email:"${heroEmail}"`)).toEqual([hero]);
    expect((await users("role:end-user")).length).toBeGreaterThan(20);
  });

  test("reads no syntax in external ids", async () => {
    const { body } = await get("/api/v2/users/search?external_id=u_000000");
    expect(body.users.map((u: { id: number }) => u.id)).toEqual([hero]);
    expect((await get("/api/v2/users/search?external_id=u_*")).body.users).toEqual([]);
    expect((await get("/api/v2/users/search")).status).toBe(400);
  });

  test("searches tickets and organizations", async () => {
    const find = async (query: string) =>
      (await get(`/api/v2/search?query=${encodeURIComponent(query)}`)).body.results as { id: number; result_type: string }[];
    const open = await find(`type:ticket requester:"${heroEmail}" status<solved`);
    expect(open.length).toBeGreaterThan(0);
    for (const result of open) expect(world.zendesk.tickets.get(result.id)!.requester_id).toBe(hero);
    expect((await find('type:organization "Halvorsen Group"')).map((o) => o.result_type)).toEqual(["organization"]);
    const byName = await get("/api/v2/organizations/search?name=halvorsen%20group");
    expect(byName.body.count).toBe(1);
    expect((await get(`/api/v2/organizations/search?external_id=${world.ids.salesforce.account(0)}`)).body.count).toBe(1);
  });

  test("reads any quoted text without a quote as one phrase", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const clean = text.replaceAll('"', "");
        fc.pre(clean !== "");
        expect(parseTerms(`email:"${clean}"`)).toEqual([
          { property: "email", operator: ":", value: clean, quoted: true, negated: false },
        ]);
      }),
    );
  });
});
