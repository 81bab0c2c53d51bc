import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cohortMembers, cohortMoves, newCohort, newSession } from "../harness/cohorts.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { cohortCall, projectOf, sendCohort, sendMixpanel } from "../harness/mixpanelWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
});
afterAll(() => harness.close());

const log = () => harness.runtime.tenants.get("acme")!.tenant.log;
const moves = (since: number, users: readonly string[]) => cohortMoves(harness, since, users);
const membersOf = (cohort: string | number) => cohortMembers(harness, cohort);
const listQuarantined = async () =>
  (await harness.request("/v1/quarantine?source=mixpanel&state=quarantined")).body.items as Record<string, string>[];

describe("an unusable call is quarantined and never refused, because Mixpanel would pause the sync", () => {
  const good = () => cohortCall(harness, { action: "add_members", session: newSession(), members: ["ada"], cohort: newCohort() });
  const withParameters = (extra: object) => ({ ...good(), parameters: { ...good().parameters, ...extra } });
  const cases: [string, () => unknown, string | undefined, string, RegExp][] = [
    ["an unknown action", () => ({ ...good(), action: "merge_members" }), "merge_members", "unknown_type", /action/],
    ["no action", () => ({ ...good(), action: undefined }), undefined, "unreadable", /\/action$/],
    ["another project", () => withParameters({ mixpanel_project_id: 1 }), "add_members", "wrong_account", /project/],
    ["no project", () => withParameters({ mixpanel_project_id: null }), "add_members", "unreadable", /\/mixpanel_project_id$/],
    ["no session", () => withParameters({ mixpanel_session_id: "" }), "add_members", "unreadable", /\/mixpanel_session_id$/],
    [
      "a hostile cohort id",
      () => withParameters({ mixpanel_cohort_id: "1/../2" }),
      "add_members",
      "unreadable",
      /\/mixpanel_cohort_id$/,
    ],
    ["no pages", () => withParameters({ page_info: null }), "add_members", "unreadable", /\/page_info$/],
    [
      "a page beyond the last",
      () => withParameters({ page_info: { total_pages: 1, page_count: 2 } }),
      "add_members",
      "unreadable",
      /\/page_count$/,
    ],
    ["members that are not a list", () => withParameters({ members: "ada" }), "add_members", "unreadable", /\/members$/],
    ["no JSON", () => "{", undefined, "unreadable", /JSON/],
    ["no body", () => "", undefined, "unreadable", /JSON/],
    ["a JSON null", () => "null", undefined, "unreadable", /root/],
  ];

  it.each(cases)("%s", async (_, body, action, reason, detail) => {
    const [quarantinedBefore, headBefore] = [await listQuarantined(), log().head()];
    const answer = await sendMixpanel(harness, body());
    expect([answer.status, answer.body]).toEqual([200, { ...(action === undefined ? {} : { action }), status: "success" }]);
    expect(log().head()).toBe(headBefore);
    const [newest, ...otherEntries] = (await listQuarantined()).filter(({ id }) =>
      quarantinedBefore.every((k) => k["id"] !== id),
    );
    expect([newest?.["reason"], otherEntries]).toEqual([reason, []]);
    expect(newest?.["detail"]).toMatch(detail);
  });

  const sendFull = async (
    cohort: { id: number },
    members: string[],
    oddIds: unknown[],
    page = { page: 1, pages: 1 },
    session = newSession(),
  ) => {
    const call = cohortCall(harness, { action: "members", session, members, cohort, ...page });
    const oddMembers = oddIds.map((id) => ({ mixpanel_distinct_id: id }));
    const parameters = { ...call.parameters, members: [...call.parameters.members, ...oddMembers] };
    await sendMixpanel(harness, { ...call, parameters });
  };

  it("accepts the usable members beside odd ones, and shows who left", async () => {
    const cohort = newCohort();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["old"], cohort });
    const [entriesBefore, headBefore] = [await listQuarantined(), log().head()];
    await sendFull(cohort, ["ada"], ["x".repeat(256), "a\u0000b", "\ud800", "", null]);
    expect(await moves(headBefore, ["ada", "old"])).toEqual(["completed_onboarding ada", "cohort_left old"]);
    expect(await membersOf(cohort.id)).toEqual(["ada"]);
    const [newest] = (await listQuarantined()).filter(({ id }) => entriesBefore.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: "a member without a usable id at /parameters/members/1" });
    const release = await harness.request(`/v1/quarantine/${newest!["id"]}/release`, { method: "POST" });
    expect([release.body.accepted, release.body.unusable.length]).toEqual([0, 1]);
    expect(await membersOf(cohort.id)).toEqual(["ada"]);
  });

  it("shows who left when an odd member is on one of several pages, and when that page comes again", async () => {
    const cohort = newCohort();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["old", "ada"], cohort });
    const session = newSession();
    await sendFull(cohort, ["ada"], [""], { page: 1, pages: 2 }, session);
    expect(await membersOf(cohort.id)).toEqual(["ada", "old"]);
    await sendFull(cohort, ["grace"], [], { page: 2, pages: 2 }, session);
    expect(await membersOf(cohort.id)).toEqual(["ada", "grace"]);
    await sendCohort(harness, { action: "remove_members", session: newSession(), members: ["ada"], cohort });
    await sendFull(cohort, ["ada"], [""], { page: 1, pages: 2 }, session);
    expect(await membersOf(cohort.id)).toEqual(["grace"]);
  });

  it("removes no member when most members have no id, as after a change of the format", async () => {
    const cohort = newCohort();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["old"], cohort });
    await sendFull(cohort, ["ada"], [null, { id: 1 }]);
    await sendFull(cohort, [], [undefined]);
    expect(await membersOf(cohort.id)).toEqual(["ada", "old"]);
  });

  it("accepts numeric ids", async () => {
    const cohort = newCohort();
    const call = cohortCall(harness, {
      action: "add_members",
      session: newSession(),
      members: [],
      cohort,
      project: Number(projectOf(harness)),
    });
    const members = [{ mixpanel_distinct_id: 12345, email: null }];
    const parameters = { ...call.parameters, mixpanel_session_id: 99, members };
    await sendMixpanel(harness, { ...call, parameters });
    expect(await membersOf(cohort.id)).toEqual(["12345"]);
  });
});
