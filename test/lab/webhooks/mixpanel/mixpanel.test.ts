import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { mixpanelClient } from "../../simulators/testing.ts";
import { content, type Sending, sending, TARGETS } from "../testing.ts";
import { COHORT, cohortId } from "./cohort.ts";

let s: Sending;
beforeEach(async () => {
  s = await sending();
});
afterEach(() => s.close());

const Body = z.strictObject({
  action: z.enum(["members", "add_members", "remove_members"]),
  parameters: z.strictObject({
    mixpanel_project_id: z.string().regex(/^\d+$/),
    mixpanel_cohort_name: z.literal("Completed onboarding"),
    mixpanel_cohort_id: z.string().regex(/^\d+$/),
    mixpanel_cohort_description: z.string(),
    mixpanel_session_id: z.uuid(),
    page_info: z.strictObject({ total_pages: z.number().int().min(1), page_count: z.number().int().min(1) }),
    members: z.array(
      z.strictObject({ email: z.string(), mixpanel_distinct_id: z.string(), first_name: z.string(), last_name: z.string() }),
    ),
  }),
});
const calls = () => s.to("mixpanel").map(({ body }) => Body.parse(JSON.parse(body)));
const done = () => [...s.acme.world.mixpanel.profiles.values()].filter(COHORT.has);

async function happen(): Promise<string> {
  const { refs } = s.lab.happen({ kind: "onboarding_completed", tenant: "acme", seed: 3 });
  await s.pass(200);
  return refs[0]!.slice("mixpanel.user:".length);
}

describe("a cohort's sync", () => {
  it("says who came, and in a call of its own that nobody left", async () => {
    const user = await happen();
    const profile = s.acme.world.mixpanel.profiles.get(user)!.properties;
    const [added, removed] = calls();
    expect(added).toMatchObject({
      action: "add_members",
      parameters: {
        mixpanel_project_id: s.acme.mixpanel.credentials.projectId,
        mixpanel_cohort_id: cohortId("acme"),
        page_info: { total_pages: 1, page_count: 1 },
        members: [{ mixpanel_distinct_id: user, email: profile["$email"] }],
      },
    });
    const [member] = added!.parameters.members;
    expect(`${member!.first_name} ${member!.last_name}`).toBe(profile["$name"]);
    expect(removed).toMatchObject({ action: "remove_members", parameters: { members: [] } });
    expect(removed!.parameters.mixpanel_session_id).toBe(added!.parameters.mixpanel_session_id);
  });

  it("signs nothing, and brings the name and password it was given", async () => {
    await happen();
    const { headers } = s.to("mixpanel")[0]!;
    const { username, password } = TARGETS.mixpanel;
    expect(headers["authorization"]).toBe(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
    expect(headers["content-type"]).toBe("application/json");
    expect(Object.keys(headers).filter((name) => name.includes("signature"))).toEqual([]);
  });

  it("says who left, also when their profile is gone", async () => {
    const [first, second] = done();
    const mp = mixpanelClient(s.acme);
    const { token } = s.acme.mixpanel.credentials;
    await mp("POST", "/engage?ip=0", [{ $token: token, $distinct_id: first!.distinct_id, $set: { onboarded: false } }]);
    await mp("POST", "/engage?ip=0", [{ $token: token, $distinct_id: second!.distinct_id, $delete: "" }]);
    await s.pass(200);
    const left = calls().filter(({ action, parameters }) => action === "remove_members" && parameters.members.length > 0);
    expect(left.map(({ parameters }) => parameters.members[0]!.mixpanel_distinct_id)).toEqual([
      first!.distinct_id,
      second!.distinct_id,
    ]);
    expect(left[1]!.parameters.members[0]!.email).toBe(second!.properties["$email"]);
  });

  it("says nothing where nobody's belonging changes", async () => {
    s.lab.happen({ kind: "usage_stopped", tenant: "acme", seed: 1 });
    s.lab.happen({ kind: "opted_out", tenant: "acme", seed: 1 });
    await s.pass(200);
    expect(calls()).toEqual([]);
  });

  it("in full comes in pages of one session, in their order", async () => {
    const size = Math.ceil(done().length / 3);
    s.webhooks.syncCohort("acme", size);
    await s.pass(200);
    expect(calls().map(({ action, parameters: { page_info } }) => [action, page_info.page_count, page_info.total_pages])).toEqual(
      [
        ["members", 1, 3],
        ["members", 2, 3],
        ["members", 3, 3],
      ],
    );
    expect(new Set(calls().map(({ parameters }) => parameters.mixpanel_session_id)).size).toBe(1);
    const members = calls().flatMap(({ parameters }) => parameters.members.map((m) => m.mixpanel_distinct_id));
    expect(members.sort()).toEqual(
      done()
        .map((p) => p.distinct_id)
        .sort(),
    );
  });
});

describe("a cohort's sync that fails", () => {
  it.each([400, 401, 403, 404])("with %i is halted, and so is all that follows, until somebody lets it go on", async (status) => {
    s.answer(() =>
      Response.json({ action: "add_members", status: "failure", error: { message: "no", code: status } }, { status }),
    );
    await happen();
    s.webhooks.syncCohort("acme");
    await s.pass(4 * 3_600_000);
    expect(calls().length).toBe(1);
    expect(s.lab.webhooks.list({ platform: "mixpanel" }).every(({ state, dueAt }) => state === "waiting" && dueAt === null)).toBe(
      true,
    );
    s.answer(content);
    s.webhooks.resume("acme");
    await s.pass(200);
    expect(calls().map(({ action }) => action)).toEqual(["add_members", "add_members", "remove_members", "members"]);
    expect(s.webhooks.waiting()).toEqual([]);
  });

  it.each([
    ["500", () => new Response("", { status: 500 })],
    ["429", () => new Response("", { status: 429 })],
    ["another action's name", () => Response.json({ action: "members", status: "success" })],
    ["a failure told with 200", () => Response.json({ action: "add_members", status: "failure" })],
    ["no JSON", () => new Response("OK")],
    ["no server", () => "unreachable" as const],
  ])("with %s is tried five times more within a minute, and again at the next sync", async (_, answer) => {
    s.answer(answer);
    await happen();
    await s.pass(90_000);
    const added = () => s.to("mixpanel").filter(({ body }) => JSON.parse(body).action === "add_members");
    expect(added().length).toBe(6);
    expect(added()[5]!.at - added()[0]!.at).toBeLessThan(75_000);
    s.answer(content);
    await s.pass(20 * 60_000);
    expect(added().length).toBe(6);
    await s.pass(15 * 60_000);
    expect(added().length).toBe(7);
    expect(s.webhooks.waiting()).toEqual([]);
  });
});
