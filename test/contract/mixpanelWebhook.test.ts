import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cohortMembers, cohortMoves, newCohort, newSession } from "../harness/cohorts.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { basic, type CohortPage, cohortCall, sendCohort, sendMixpanel } from "../harness/mixpanelWebhook.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    pull: false,
    configure: (config) => {
      const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel");
      webhooks[0].cohorts["77"] = "became_power_user";
    },
  });
});
afterAll(() => harness.close());

const log = (target = harness) => target.runtime.tenants.get("acme")!.tenant.log;

const moves = (since: number, users: readonly string[], target = harness) => cohortMoves(target, since, users);
const membersOf = (cohort: string | number, target = harness) => cohortMembers(target, cohort);

const listQuarantined = async () =>
  (await harness.request("/v1/quarantine?source=mixpanel&state=quarantined")).body.items as Record<string, string>[];

describe("a cohort", () => {
  it("appends one event for each user who enters or leaves, and responds in Mixpanel's form", async () => {
    const cohort = newCohort();
    const headBefore = log().head();
    const page: CohortPage = { action: "add_members", session: newSession(), members: ["ada", "grace"], cohort };
    const answer = await sendCohort(harness, page);
    expect([answer.status, answer.body]).toEqual([200, { action: "add_members", status: "success" }]);
    expect(await moves(headBefore, ["ada", "grace"])).toEqual(["completed_onboarding ada", "completed_onboarding grace"]);
    const between = log().head();
    // Repeated, and by the next export: a member does not enter again.
    await sendCohort(harness, page);
    await sendCohort(harness, { ...page, session: newSession() });
    expect(log().head()).toBe(between);
    await sendCohort(harness, { ...page, action: "remove_members", session: newSession(), members: ["ada", "nobody"] });
    expect(await moves(between, ["ada"])).toEqual(["cohort_left ada"]);
    expect(await membersOf(cohort.id)).toEqual(["grace"]);
  });

  it("appends the configured event type of a cohort by id or name, else cohort_entered", async () => {
    const headBefore = log().head();
    const members = ["linus"];
    await sendCohort(harness, { action: "add_members", session: newSession(), members, cohort: { id: 77, name: "Renamed" } });
    await sendCohort(harness, { action: "add_members", session: newSession(), members, cohort: newCohort("constructor") });
    expect(await moves(headBefore, members)).toEqual(["became_power_user linus", "cohort_entered linus"]);
  });

  it("is an event of the user, with the cohort in its data", async () => {
    const cohort = newCohort();
    const headBefore = log().head();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["margaret"], cohort });
    expect(log().head()).toBe(headBefore + 1);
    const { body } = await harness.request("/v1/events?source=mixpanel&limit=1");
    expect(body.items[0]).toMatchObject({
      eventType: "mixpanel.user.completed_onboarding",
      source: { platform: "mixpanel", connection: "mixpanel", objectType: "user", objectId: "margaret" },
      interaction: null,
      data: { cohort: { id: String(cohort.id), name: "Completed onboarding" } },
    });
  });

  it("is replaced by a full export only when its last page has arrived, in any order", async () => {
    const cohort = newCohort();
    const fullExport = { action: "members", session: newSession(), pages: 3, cohort };
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["old", "kept"], cohort });
    const headBefore = log().head();
    await sendCohort(harness, { ...fullExport, page: 3, members: ["c"] });
    await sendCohort(harness, { ...fullExport, page: 1, members: ["a", "kept"] });
    await sendCohort(harness, { ...fullExport, page: 1, members: ["a", "kept"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "c", "kept", "old"]);
    await sendCohort(harness, { ...fullExport, page: 2, members: ["b"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "b", "c", "kept"]);
    const users = ["a", "b", "c", "kept", "old"];
    expect(await moves(headBefore, users)).toEqual([
      "completed_onboarding c",
      "completed_onboarding a",
      "completed_onboarding b",
      "cohort_left old",
    ]);
  });

  it("is emptied by an empty export, and unchanged by an empty difference", async () => {
    const cohort = newCohort();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["ada"], cohort });
    const headBefore = log().head();
    for (const action of ["add_members", "remove_members"]) {
      const { members: _, ...noPageInfo } = cohortCall(harness, {
        action,
        session: newSession(),
        members: [],
        cohort,
      }).parameters;
      const answer = await sendMixpanel(harness, { action, parameters: noPageInfo });
      expect(answer.body).toEqual({ action, status: "success" });
      expect((await sendCohort(harness, { action, session: newSession(), members: [], cohort })).body.status).toBe("success");
    }
    expect(log().head()).toBe(headBefore);
    const emptyExport = cohortCall(harness, { action: "members", session: newSession(), members: [], cohort, page: 0, pages: 0 });
    await sendMixpanel(harness, emptyExport);
    expect(await moves(headBefore, ["ada"])).toEqual(["cohort_left ada"]);
  });

  it("keeps changes that arrived after an export had begun", async () => {
    const cohort = newCohort();
    const first = { action: "members", session: newSession(), pages: 2, cohort };
    await sendCohort(harness, { ...first, page: 1, members: ["a", "b"] });
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["late"], cohort });
    await sendCohort(harness, { action: "remove_members", session: newSession(), members: ["b"], cohort });
    await sendCohort(harness, { ...first, page: 2, members: ["b", "c"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "c", "late"]);
    // Pages of an export that a later one has replaced are ignored.
    const overtaken = { action: "members", session: newSession(), pages: 2, cohort };
    await sendCohort(harness, { ...overtaken, page: 1, members: ["x"] });
    await sendCohort(harness, { action: "members", session: newSession(), members: ["y"], cohort });
    await sendCohort(harness, { ...overtaken, page: 2, members: ["z"] });
    expect(await membersOf(cohort.id)).toEqual(["y"]);
  });

  it("is restored after a restart, including a partial export", async () => {
    const restartedHarness = await openHarness({ pull: false });
    try {
      const cohort = newCohort();
      const fullExport = { action: "members", session: newSession(), pages: 2, cohort };
      await sendCohort(restartedHarness, { action: "add_members", session: newSession(), members: ["old"], cohort });
      await sendCohort(restartedHarness, { ...fullExport, page: 1, members: ["a"] });
      await restartedHarness.restart({ pull: false });
      await sendCohort(restartedHarness, { ...fullExport, page: 2, members: ["b"] });
      expect(await membersOf(cohort.id, restartedHarness)).toEqual(["a", "b"]);
    } finally {
      await restartedHarness.close();
    }
  });

  it("loses no member when all its pages arrive at once, twice", async () => {
    const cohort = newCohort();
    await sendCohort(harness, { action: "add_members", session: newSession(), members: ["old", "u1"], cohort });
    const headBefore = log().head();
    const session = newSession();
    const pages = Array.from({ length: 6 }, (_, i): CohortPage => {
      return { action: "members", session, page: i + 1, pages: 6, members: [`u${i}`, `u${i + 1}`], cohort };
    });
    const answers = await Promise.all([...pages, ...pages.toReversed()].map((page) => sendCohort(harness, page)));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    const users = ["old", ...Array.from({ length: 7 }, (_, i) => `u${i}`)];
    expect(await membersOf(cohort.id)).toEqual(users.slice(1));
    expect((await moves(headBefore, users)).sort()).toEqual(
      ["cohort_left old", ...[0, 2, 3, 4, 5, 6].map((i) => `completed_onboarding u${i}`)].sort(),
    );
  });
});

describe("any calls in any order", () => {
  // Ids with a special meaning elsewhere: a slash separates a cohort from its member in our refs.
  const users = ["ada", "grace", "a/b", "constructor", "ada@example.com"] as const;
  const userSubset = fc.subarray([...users]);
  const sending = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ action: fc.constant("members"), pages: fc.array(userSubset, { minLength: 1, maxLength: 3 }) }),
    },
    fc.record({
      action: fc.constantFrom("add_members", "remove_members"),
      pages: fc.array(userSubset, { minLength: 1, maxLength: 2 }),
    }),
  );
  const history = fc.array(sending, { minLength: 1, maxLength: 5 }).chain((sendings) => {
    const messages = sendings.flatMap(({ action, pages }, session) =>
      pages.map((members, i) => ({ action, session, page: i + 1, pages: pages.length, members })),
    );
    // Some pages never arrive, some arrive twice, and pages of several exports interleave.
    return fc.array(fc.nat(messages.length - 1), { maxLength: 14 }).map((order) => order.map((i) => messages[i]!));
  });
  type SentPage = { action: string; session: number; page: number; pages: number; members: string[] };

  /** The expected members from all calls: the last call about a user decides, and a full export is about every user. */
  function members(calls: readonly SentPage[]): string[] {
    const exports: { name: string; action: string; pages: Set<number>; target: number; members: Set<string> }[] = [];
    for (const { action, session, page, pages, members } of calls) {
      const name = action === "members" ? `${session}` : `${session} ${page}`;
      if (!exports.some((t) => t.name === name))
        exports.push({ name, action, pages: new Set(), target: pages, members: new Set() });
      const existing = exports.find((t) => t.name === name)!;
      existing.pages.add(page);
      for (const member of members) existing.members.add(member);
    }
    const isIn = (user: string): boolean => {
      for (const { action, pages, target, members } of exports.toReversed()) {
        if (members.has(user)) return action !== "remove_members";
        if (action === "members" && pages.size === target) return false;
      }
      return false;
    };
    return users.filter(isIn).sort();
  }

  it("leave the members of the last calls, and append one event for each change", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (calls) => {
        const cohort = newCohort();
        let headBefore: string[] = [];
        for (let i = 0; i < calls.length; i++) {
          const head = log().head();
          const message = calls[i]!;
          const session = `${cohort.id}-${message.session}`;
          expect((await sendCohort(harness, { ...message, session, cohort })).body).toEqual({
            action: message.action,
            status: "success",
          });
          const membersAfter = members(calls.slice(0, i + 1));
          const expectedEvents = [
            ...membersAfter.filter((user) => !headBefore.includes(user)).map((user) => `completed_onboarding ${user}`),
            ...headBefore.filter((user) => !membersAfter.includes(user)).map((user) => `cohort_left ${user}`),
          ];
          expect((await moves(head, users)).sort()).toEqual(expectedEvents.sort());
          expect(await membersOf(cohort.id)).toEqual(membersAfter);
          headBefore = membersAfter;
        }
      }),
      { numRuns: 150 },
    );
  });

  it("rebuild the same projections", async () => {
    const headBefore = await projectionDigest(log());
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect(await projectionDigest(log())).toBe(headBefore);
  });
});

describe("a Mixpanel webhook is refused, and nothing is stored", () => {
  const body = () => cohortCall(harness, { action: "add_members", session: "refused", members: ["mallory"], cohort: { id: 1 } });
  const secrets = () => harness.webhooks["acme"]!;
  const { username, password } = { username: () => secrets().mixpanel.username, password: () => secrets().mixpanel.password };
  const encoded = () => basic(username(), password()).slice("Basic ".length);
  const cases: [string, () => Parameters<typeof sendMixpanel>[2]][] = [
    ["with a wrong password", () => ({ password: "another" })],
    ["with half the password", () => ({ password: password().slice(0, -1) })],
    ["with a longer password", () => ({ password: `${password()}x` })],
    ["with no password", () => ({ password: "" })],
    ["with a wrong user name", () => ({ username: "mallory" })],
    ["with no user name", () => ({ username: "" })],
    ["with a user name in another case", () => ({ username: username().toUpperCase() })],
    ["with another tenant's password", () => ({ password: harness.webhooks["globex"]!.mixpanel.password })],
    ["with another webhook's secret", () => ({ password: secrets().generic })],
    ["without credentials", () => ({ authorization: null })],
    ["with empty credentials", () => ({ authorization: "" })],
    ["with a scheme alone", () => ({ authorization: "Basic" })],
    ["with credentials as a token", () => ({ authorization: `Bearer ${encoded()}` })],
    ["with an API key", () => ({ authorization: `Bearer ${harness.keys["acme"]!.admin}` })],
    ["with credentials that are not encoded", () => ({ authorization: `Basic ${username()}:${password()}` })],
    ["with credentials that are not base64", () => ({ authorization: `Basic ${"!".repeat(40)}` })],
    ["with base64 of another form", () => ({ authorization: `Basic ${encoded().replace(/=*$/, "")}=` })],
    ["with trailing text after the base64", () => ({ authorization: `Basic ${encoded()} x` })],
    ["with oversized credentials", () => ({ authorization: `Basic ${"A".repeat(8_000)}` })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: harness.webhooks["globex"]!.token.mixpanel })],
    ["at another platform's path", () => ({ token: secrets().token.zendesk })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const [entriesBefore, headBefore] = [await listQuarantined(), log().head()];
    const answer = await sendMixpanel(harness, body(), sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([log().head(), await listQuarantined()]).toEqual([headBefore, entriesBefore]);
  });

  it("accepts the scheme in any case", async () => {
    const page: CohortPage = { action: "add_members", session: newSession(), members: ["ada"], cohort: newCohort() };
    expect((await sendCohort(harness, page, { authorization: `bAsIc ${encoded()}` })).status).toBe(200);
  });
});

describe("a rotation of the password", () => {
  it("accepts both passwords until the overlap ends", async () => {
    const overlapEnds = new Date(harness.clock.now() + 3_600_000).toISOString();
    const rotating = await openHarness({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel");
        webhooks[0].previous = { password: "acme.generic.webhook", until: overlapEnds };
      },
    });
    try {
      const page: CohortPage = { action: "add_members", session: "s", members: [] };
      const send = async (password: string) => (await sendCohort(rotating, page, { password })).status;
      const { mixpanel: present, generic: old } = rotating.webhooks["acme"]!;
      expect([await send(present.password), await send(old)]).toEqual([200, 200]);
      rotating.clock.advance(7_200_000);
      expect([await send(present.password), await send(old)]).toEqual([200, 401]);
    } finally {
      await rotating.close();
    }
  });
});
