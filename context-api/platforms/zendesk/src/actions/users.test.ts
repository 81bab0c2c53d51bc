import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LabBench, labBench, workbench, zendeskOf } from "../../../../../test/support/actionBench.ts";
import { standIn } from "../../../../../test/support/standIn.ts";
import { zendesk } from "../index.ts";

let bench: LabBench;
beforeEach(async () => {
  bench = await labBench(zendesk, zendeskOf);
});
afterEach(() => bench.close());

const users = () => [...bench.acme.world.zendesk.users.values()];
const customer = () => users().find((u) => u.role === "end-user" && u.email)!;
const posts = () => bench.requests().filter((r) => r.startsWith("POST"));

describe("add-user-tags", () => {
  it("adds to what is there, however often", async () => {
    const { id, email } = customer();
    bench.acme.world.change(() => bench.acme.world.zendesk.users.put({ ...customer(), tags: ["vip"] }));
    const ref = `zendesk.user:${id}`;
    const add = (user: string, ...tags: string[]) => bench.perform("add-user-tags", [{ input: { user, tags } }]);
    expect(await add(`email:${email}`, "Completed Onboarding")).toEqual([{ state: "done", ref, wrote: true }]);
    for (const user of [ref, String(id), email!]) expect(await add(user, "completed_onboarding", "b")).toMatchObject([{ ref }]);
    expect(bench.acme.world.zendesk.users.get(id)!.tags).toEqual(["vip", "completed_onboarding", "b"]);
    expect(bench.calls.some((call) => call.route.includes(String(id)))).toBe(false);
  });

  it("knows nobody by an address or an id that nobody has", async () => {
    const add = (user: string) => bench.perform("add-user-tags", [{ input: { user, tags: ["a"] } }]);
    for (const user of ["email:nobody@example.com", "999999"]) {
      expect(await add(user)).toMatchObject([{ cause: "not_found", isRetryable: false }]);
    }
    await expect(add("anybody")).rejects.toThrow("no user");
  });

  it("may be repeated when the answer was lost", async () => {
    const { id } = customer();
    const effect = { id: "tags", input: { user: String(id), tags: ["a"] } };
    bench.breakWith({ kind: "reset", after: true, path: "/api/v2/users/" });
    expect(await bench.perform("add-user-tags", [effect])).toMatchObject([{ cause: "unavailable", isRetryable: true }]);
    bench.mend();
    expect(await bench.perform("add-user-tags", [effect])).toMatchObject([{ state: "done" }]);
    expect(bench.acme.world.zendesk.users.get(id)!.tags.filter((tag) => tag === "a")).toHaveLength(1);
  });

  it("says the same of one user when tags are added twice", () => {
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

  it("makes an end user, and leaves one alone who is there", async () => {
    const [made] = await bench.perform("create-user", [{ id: "lead-1", input }]);
    const user = users().find((u) => u.email === "new@made.example")!;
    expect(made).toEqual({ state: "done", ref: `zendesk.user:${user.id}`, wrote: true });
    expect(user).toMatchObject({ name: "New", external_id: "crm-1", phone: "+49301234567" });
    // No welcome is sent.
    expect(bench.effects()["user"]![0]!.fields).toMatchObject({ skip_verify_email: true });
    const again = await bench.perform("create-user", [{ input: { ...input, name: "Other" } }]);
    expect(again).toEqual([{ state: "done", ref: `zendesk.user:${user.id}`, wrote: false }]);
    const { email, id } = customer();
    expect(await bench.perform("create-user", [{ input: { email: email!.toUpperCase(), name: "X" } }])).toEqual([
      { state: "done", ref: `zendesk.user:${id}`, wrote: false },
    ]);
    expect(posts()).toHaveLength(1);
    expect(bench.effects()["user"]).toHaveLength(1);
  });

  it.each(["reset", "timeout", "malformed", "error"] as const)("makes one when the answer was lost: %s", async (kind) => {
    bench.onCall = ({ route }) => {
      if (route !== "GET /api/v2/users/search") return;
      bench.onCall = null;
      bench.breakWith({ kind, after: true, path: "/api/v2/users" });
    };
    expect(await bench.perform("create-user", [{ id: "lead", input }])).toMatchObject([
      { cause: "unavailable", isRetryable: true },
    ]);
    bench.mend();
    expect(await bench.perform("create-user", [{ id: "lead", input }])).toMatchObject([{ state: "done", wrote: false }]);
    expect(bench.effects()["user"]).toMatchObject([{ created: true, writes: 1 }]);
  });

  it("takes whoever has the external id for the user", async () => {
    const { id } = users().find((u) => u.external_id !== null)!;
    const externalId = bench.acme.world.zendesk.users.get(id)!.external_id;
    expect(await bench.perform("create-user", [{ input: { ...input, externalId } }])).toEqual([
      { state: "done", ref: `zendesk.user:${id}`, wrote: false },
    ]);
  });

  it("is refused for what Zendesk doesn't take, without repeating it", async () => {
    const [outcome] = await bench.perform("create-user", [{ input: { email: "ada@localhost", name: "Ada" } }]);
    expect(outcome).toMatchObject({ state: "failed", cause: "rejected", isRetryable: false });
    expect(JSON.stringify(outcome)).not.toContain("ada");
  });

  it("makes one where the search doesn't know it yet", async () => {
    const taken = { error: "RecordInvalid", details: { email: [{ description: "x", error: "DuplicateValue" }] } };
    const server = await standIn(({ url, method, headers }) => {
      if (url === "/oauth/tokens") return { status: 200, body: { access_token: "t" } };
      if (method === "GET") return { status: 200, body: { users: [] } };
      return headers["idempotency-key"] === "lead-9" ? { status: 422, body: taken } : { status: 500 };
    });
    const own = workbench(zendesk, { url: server.url, auth: { clientId: "c", clientSecret: "s" } }, { s: "x" });
    expect(await own.perform("create-user", [{ id: "lead-9", input }])).toEqual([{ state: "done", ref: null, wrote: false }]);
    await own.close();
    await server.close();
  });
});
