import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { mixpanelClient } from "../../simulators/testing.ts";
import { content, openWebhookBench, TARGETS, type WebhookBench } from "../testing.ts";
import { COHORT, cohortId } from "./cohort.ts";

let s: WebhookBench;
beforeEach(async () => {
  s = await openWebhookBench();
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
const onboardedProfiles = () => [...s.acme.world.mixpanel.profiles.values()].filter(COHORT.has);

async function completeOnboarding(): Promise<string> {
  const { refs } = s.lab.runScenario({ kind: "onboarding_completed", tenant: "acme", seed: 3 });
  await s.advance(200);
  return refs[0]!.slice("mixpanel.user:".length);
}

describe("a cohort's sync", () => {
  it("reports added users, and removed users in another call, even an empty one", async () => {
    const user = await completeOnboarding();
    const profile = s.acme.world.mixpanel.profiles.get(user)!.properties;
    const [addedCall, removedCall] = calls();
    expect(addedCall).toMatchObject({
      action: "add_members",
      parameters: {
        mixpanel_project_id: s.acme.mixpanel.credentials.projectId,
        mixpanel_cohort_id: cohortId("acme"),
        page_info: { total_pages: 1, page_count: 1 },
        members: [{ mixpanel_distinct_id: user, email: profile["$email"] }],
      },
    });
    const [member] = addedCall!.parameters.members;
    expect(`${member!.first_name} ${member!.last_name}`).toBe(profile["$name"]);
    expect(removedCall).toMatchObject({ action: "remove_members", parameters: { members: [] } });
    expect(removedCall!.parameters.mixpanel_session_id).toBe(addedCall!.parameters.mixpanel_session_id);
  });

  it("has no signature, and carries the configured user name and password", async () => {
    await completeOnboarding();
    const { headers } = s.to("mixpanel")[0]!;
    const { username, password } = TARGETS.mixpanel;
    expect(headers["authorization"]).toBe(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
    expect(headers["content-type"]).toBe("application/json");
    expect(Object.keys(headers).filter((name) => name.includes("signature"))).toEqual([]);
  });

  it("reports removed users, also when their profile was deleted", async () => {
    const [first, second] = onboardedProfiles();
    const mp = mixpanelClient(s.acme);
    const { token } = s.acme.mixpanel.credentials;
    await mp("POST", "/engage?ip=0", [{ $token: token, $distinct_id: first!.distinct_id, $set: { onboarded: false } }]);
    await mp("POST", "/engage?ip=0", [{ $token: token, $distinct_id: second!.distinct_id, $delete: "" }]);
    await s.advance(200);
    const removals = calls().filter(({ action, parameters }) => action === "remove_members" && parameters.members.length > 0);
    expect(removals.map(({ parameters }) => parameters.members[0]!.mixpanel_distinct_id)).toEqual([
      first!.distinct_id,
      second!.distinct_id,
    ]);
    expect(removals[1]!.parameters.members[0]!.email).toBe(second!.properties["$email"]);
  });

  it("sends nothing when no membership changes", async () => {
    s.lab.runScenario({ kind: "usage_stopped", tenant: "acme", seed: 1 });
    s.lab.runScenario({ kind: "opted_out", tenant: "acme", seed: 1 });
    await s.advance(200);
    expect(calls()).toEqual([]);
  });

  it("sends pages of one session in order for a full sync", async () => {
    const size = Math.ceil(onboardedProfiles().length / 3);
    s.webhooks.syncCohort("acme", size);
    await s.advance(200);
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
      onboardedProfiles()
        .map((p) => p.distinct_id)
        .sort(),
    );
  });
});

describe("a cohort's sync that fails", () => {
  it.each([400, 401, 403, 404])("with %i pauses the sync until it is resumed", async (status) => {
    s.respondWith(() =>
      Response.json({ action: "add_members", status: "failure", error: { message: "no", code: status } }, { status }),
    );
    await completeOnboarding();
    s.webhooks.syncCohort("acme");
    await s.advance(4 * 3_600_000);
    expect(calls().length).toBe(1);
    expect(s.lab.webhooks.list({ platform: "mixpanel" }).every(({ state, dueAt }) => state === "waiting" && dueAt === null)).toBe(
      true,
    );
    s.respondWith(content);
    s.webhooks.resume("acme");
    await s.advance(200);
    expect(calls().map(({ action }) => action)).toEqual(["add_members", "add_members", "remove_members", "members"]);
    expect(s.webhooks.waiting()).toEqual([]);
  });

  it.each([
    ["500", () => new Response("", { status: 500 })],
    ["429", () => new Response("", { status: 429 })],
    ["another action's name", () => Response.json({ action: "members", status: "success" })],
    ["a failure with status 200", () => Response.json({ action: "add_members", status: "failure" })],
    ["no JSON", () => new Response("OK")],
    ["no server", () => "unreachable" as const],
  ])("with %s is retried five times within a minute, and again at the next sync", async (_, answer) => {
    s.respondWith(answer);
    await completeOnboarding();
    await s.advance(90_000);
    const addCalls = () => s.to("mixpanel").filter(({ body }) => JSON.parse(body).action === "add_members");
    expect(addCalls().length).toBe(6);
    expect(addCalls()[5]!.at - addCalls()[0]!.at).toBeLessThan(75_000);
    s.respondWith(content);
    await s.advance(20 * 60_000);
    expect(addCalls().length).toBe(6);
    await s.advance(15 * 60_000);
    expect(addCalls().length).toBe(7);
    expect(s.webhooks.waiting()).toEqual([]);
  });
});
