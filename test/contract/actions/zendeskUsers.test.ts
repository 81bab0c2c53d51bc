import { standIn } from "@sidelight/test-support/standIn.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabActionBench, openActionBench, openLabActionBench, zendeskSettings } from "../../harness/actionBench.ts";

let bench: LabActionBench;
beforeEach(async () => {
  bench = await openLabActionBench(zendesk, zendeskSettings);
});
afterEach(() => bench.close());

const users = () => [...bench.acme.world.zendesk.users.values()];
const customer = () => users().find((u) => u.role === "end-user" && u.email)!;
const posts = () => bench.requests().filter((r) => r.startsWith("POST"));

describe("add-user-tags", () => {
  it("adds tags, and adds them once when repeated", async () => {
    const { id, email } = customer();
    bench.acme.world.change(() => bench.acme.world.zendesk.users.put({ ...customer(), tags: ["vip"] }));
    const ref = `zendesk.user:${id}`;
    const add = (user: string, ...tags: string[]) => bench.perform("add-user-tags", [{ input: { user, tags } }]);
    expect(await add(`email:${email}`, "Completed Onboarding")).toEqual([{ state: "done", ref, hasWritten: true }]);
    for (const user of [ref, String(id), email!]) expect(await add(user, "completed_onboarding", "b")).toMatchObject([{ ref }]);
    expect(bench.acme.world.zendesk.users.get(id)!.tags).toEqual(["vip", "completed_onboarding", "b"]);
    expect(bench.calls.some((call) => call.route.includes(String(id)))).toBe(false);
  });

  it("returns not_found for an unknown e-mail address or id", async () => {
    const add = (user: string) => bench.perform("add-user-tags", [{ input: { user, tags: ["a"] } }]);
    for (const user of ["email:nobody@example.com", "999999"]) {
      expect(await add(user)).toMatchObject([{ cause: "not_found", isRetryable: false }]);
    }
    await expect(add("anybody")).rejects.toThrow("not a user");
  });

  it("can be retried when the response was lost", async () => {
    const { id } = customer();
    const effect = { id: "tags", input: { user: String(id), tags: ["a"] } };
    bench.addFault({ kind: "reset", processed: true, path: "/api/v2/users/" });
    expect(await bench.perform("add-user-tags", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.clearFaults();
    expect(await bench.perform("add-user-tags", [effect])).toMatchObject([{ state: "done" }]);
    expect(bench.acme.world.zendesk.users.get(id)!.tags.filter((tag) => tag === "a")).toHaveLength(1);
  });

  it("merges the tags of effects for the same user", () => {
    const action = bench.connector.actions!["add-user-tags"]!;
    const [a, b] = [
      { user: "zendesk.user:5", tags: ["A b"] },
      { user: "5", tags: ["c", "a_b"] },
    ];
    expect(action.sameAs(a)).toBe(action.sameAs(b));
    expect(action.merge!(a, b)).toEqual({ user: "5", tags: ["a_b", "c"] });
  });
});

describe("create-user", () => {
  const input = { email: "new@made.example", name: "New", phone: "+49301234567", externalId: "crm-1" };

  it("creates an end user, and leaves an existing one unchanged", async () => {
    const [created] = await bench.perform("create-user", [{ id: "lead-1", input }]);
    const user = users().find((u) => u.email === "new@made.example")!;
    expect(created).toEqual({ state: "done", ref: `zendesk.user:${user.id}`, hasWritten: true });
    expect(user).toMatchObject({ name: "New", external_id: "crm-1", phone: "+49301234567" });
    // No welcome e-mail is sent.
    expect(bench.effects()["user"]![0]!.fields).toMatchObject({ skip_verify_email: true });
    const repeatOutcome = await bench.perform("create-user", [{ input: { ...input, name: "Other" } }]);
    expect(repeatOutcome).toEqual([{ state: "done", ref: `zendesk.user:${user.id}`, hasWritten: false }]);
    const { email, id } = customer();
    expect(await bench.perform("create-user", [{ input: { email: email!.toUpperCase(), name: "X" } }])).toEqual([
      { state: "done", ref: `zendesk.user:${id}`, hasWritten: false },
    ]);
    expect(posts()).toHaveLength(1);
    expect(bench.effects()["user"]).toHaveLength(1);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)(
    "creates one user when the response was lost: %s",
    async (kind) => {
      bench.onCall = ({ route }) => {
        if (route !== "GET /api/v2/users/search") return;
        bench.onCall = null;
        bench.addFault({ kind, processed: true, path: "/api/v2/users" });
      };
      expect(await bench.perform("create-user", [{ id: "lead", input }])).toMatchObject([
        { cause: "unavailable", isRetryable: true },
      ]);
      bench.clearFaults();
      expect(await bench.perform("create-user", [{ id: "lead", input }])).toMatchObject([{ state: "done", hasWritten: false }]);
      expect(bench.effects()["user"]).toMatchObject([{ created: true, writes: 1 }]);
    },
  );

  it("returns the user who has the external id", async () => {
    const { id } = users().find((u) => u.external_id !== null)!;
    const externalId = bench.acme.world.zendesk.users.get(id)!.external_id;
    expect(await bench.perform("create-user", [{ input: { ...input, externalId } }])).toEqual([
      { state: "done", ref: `zendesk.user:${id}`, hasWritten: false },
    ]);
  });

  it.each([" Ann@Made.EXAMPLE ", "Ann Lee <ann@made.example>", "mailto:ann@made.example"])(
    "stores the canonical address of %j, and finds it again",
    async (email) => {
      const [created] = await bench.perform("create-user", [{ input: { email, name: "Ann" } }]);
      const [user] = users().filter(({ name }) => name === "Ann");
      expect(user?.email).toBe("ann@made.example");
      expect(await bench.perform("create-user", [{ input: { email, name: "Ann" } }])).toEqual([
        { ...created, hasWritten: false },
      ]);
      expect(posts()).toHaveLength(1);
    },
  );

  it("returns rejected for invalid values without showing them", async () => {
    const refusal = { error: "RecordInvalid", details: { email: [{ description: "ada@acme.example", error: "InvalidValue" }] } };
    const server = await standIn(({ url, method }) => {
      if (url === "/oauth/tokens") return { status: 200, body: { access_token: "t" } };
      return method === "GET" ? { status: 200, body: { users: [] } } : { status: 422, body: refusal };
    });
    const separateBench = openActionBench(zendesk, { url: server.url, auth: { clientId: "c", clientSecret: "s" } }, { s: "x" });
    const [outcome] = await separateBench.perform("create-user", [{ input: { email: "ada@acme.example", name: "Ada" } }]);
    expect(outcome).toMatchObject({ state: "failed", cause: "rejected", isRetryable: false });
    expect(JSON.stringify(outcome)).not.toContain("ada");
    await separateBench.close();
    await server.close();
  });

  it("creates one user when the search index lags", async () => {
    const duplicateError = { error: "RecordInvalid", details: { email: [{ description: "x", error: "DuplicateValue" }] } };
    const server = await standIn(({ url, method, headers }) => {
      if (url === "/oauth/tokens") return { status: 200, body: { access_token: "t" } };
      if (method === "GET") return { status: 200, body: { users: [] } };
      return headers["idempotency-key"] === "lead-9" ? { status: 422, body: duplicateError } : { status: 500 };
    });
    const separateBench = openActionBench(zendesk, { url: server.url, auth: { clientId: "c", clientSecret: "s" } }, { s: "x" });
    expect(await separateBench.perform("create-user", [{ id: "lead-9", input }])).toEqual([
      { state: "done", ref: null, hasWritten: false },
    ]);
    await separateBench.close();
    await server.close();
  });
});

describe("set-user-fields and set-organization-fields", () => {
  const organizations = () => bench.acme.world.zendesk.organizations;

  it("set standard and custom fields, clear them, and write the same once when repeated", async () => {
    const { id } = customer();
    const ref = `zendesk.user:${id}`;
    const set = (fields: object) => bench.perform("set-user-fields", [{ input: { user: ref, fields } }]);
    for (let attempt = 0; attempt < 2; attempt++)
      expect(await set({ phone: "+49301234567", job_title: "Chief" })).toEqual([{ state: "done", ref, hasWritten: true }]);
    const user = () => bench.acme.world.zendesk.users.get(id)!;
    expect([user().phone, user().user_fields["job_title"]]).toEqual(["+49301234567", "Chief"]);
    expect(user().user_fields["analytics_opt_out"]).toBe(customer().user_fields["analytics_opt_out"]);
    await set({ "user_fields.job_title": null });
    expect(user().user_fields["job_title"]).toBeNull();
    expect(bench.calls.some((call) => call.route.includes(String(id)))).toBe(false);
  });

  it("set fields of an organization with an access token of their own", async () => {
    const { id } = [...organizations().values()][0]!;
    const input = { organization: String(id), fields: { support_tier: "gold", notes: "Ours" } };
    expect(await bench.perform("set-organization-fields", [{ input }])).toMatchObject([{ ref: `zendesk.organization:${id}` }]);
    expect(organizations().get(id)).toMatchObject({ notes: "Ours", organization_fields: { support_tier: "gold" } });
  });

  it("report a refused value without it, and an object that does not exist", async () => {
    const refused = await bench.perform("set-user-fields", [{ input: { user: String(customer().id), fields: { name: "" } } }]);
    expect(refused).toMatchObject([{ cause: "rejected", isRetryable: false, message: expect.stringContaining("name") }]);
    const unknown = { organization: "999999", fields: { notes: "x" } };
    expect(await bench.perform("set-organization-fields", [{ input: unknown }])).toMatchObject([{ cause: "not_found" }]);
    await expect(bench.perform("set-user-fields", [{ input: { user: "ada", fields: { name: "x" } } }])).rejects.toThrow(
      "not a ref",
    );
  });

  it("merge the fields of effects for the same user", () => {
    const action = bench.connector.actions!["set-user-fields"]!;
    const [a, b] = [
      { user: "zendesk.user:5", fields: { phone: "1", notes: "a" } },
      { user: "5", fields: { phone: "2" } },
    ];
    expect(action.sameAs(a)).toBe(action.sameAs(b));
    expect(action.merge!(a, b)).toEqual({ user: "5", fields: { phone: "2", notes: "a" } });
  });
});
