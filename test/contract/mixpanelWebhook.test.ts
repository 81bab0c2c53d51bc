import { openReader } from "@sidelight/context-api/log/reader.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { basic, type CohortPage, cohortCall, projectOf, sendCohort, sendMixpanel } from "../support/mixpanelHook.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({
    pull: false,
    configure: (config) => {
      const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel");
      webhooks[0].cohorts["77"] = "became_power_user";
    },
  });
});
afterAll(() => house.close());

const log = (of = house) => of.runtime.tenants.get("acme")!.tenant.log;

/** Events of people since a sequence, as "type user", for users among these. */
async function moves(since: number, users: readonly string[], of = house): Promise<string[]> {
  const rows = await log(of)
    .store.from("events")
    .select(["type", "key"])
    .where("sequence", ">", since)
    .orderBy("sequence")
    .execute();
  const names = new Map(users.map((user) => [log(of).key(`mixpanel.user:${user}`), user]));
  return rows.map(({ type, key }) => `${type.replace("mixpanel.user.", "")} ${names.get(key) ?? "somebody"}`);
}

/** Who is in a cohort by the store. */
async function membersOf(cohort: string | number, of = house): Promise<string[]> {
  const key = log(of).key(`mixpanel.cohort:${cohort}`);
  const records = await openReader(log(of)).pointingAt([key], ["member_of"], ["membership"]);
  return records.map((r) => r.id.slice(r.id.indexOf("/") + 1)).sort();
}

let made = 0;
const newCohort = (name = "Completed onboarding") => ({ id: 100_000 + ++made, name });
const newSession = () => `session-${++made}`;
const held = async () => (await house.ask("/v1/quarantine?source=mixpanel&state=held")).body.items as Record<string, string>[];

describe("a cohort", () => {
  it("tells who enters and who leaves, each once, and is answered in Mixpanel's own form", async () => {
    const cohort = newCohort();
    const before = log().head();
    const page: CohortPage = { action: "add_members", session: newSession(), members: ["ada", "grace"], cohort };
    const answer = await sendCohort(house, page);
    expect([answer.status, answer.body]).toEqual([200, { action: "add_members", status: "success" }]);
    expect(await moves(before, ["ada", "grace"])).toEqual(["completed_onboarding ada", "completed_onboarding grace"]);
    const between = log().head();
    // Once more, and by the next export: somebody who is in doesn't enter.
    await sendCohort(house, page);
    await sendCohort(house, { ...page, session: newSession() });
    expect(log().head()).toBe(between);
    await sendCohort(house, { ...page, action: "remove_members", session: newSession(), members: ["ada", "nobody"] });
    expect(await moves(between, ["ada"])).toEqual(["cohort_left ada"]);
    expect(await membersOf(cohort.id)).toEqual(["grace"]);
  });

  it("says what entering it means, by its id or its name; else that it was entered", async () => {
    const before = log().head();
    const members = ["linus"];
    await sendCohort(house, { action: "add_members", session: newSession(), members, cohort: { id: 77, name: "Renamed" } });
    await sendCohort(house, { action: "add_members", session: newSession(), members, cohort: newCohort("constructor") });
    expect(await moves(before, members)).toEqual(["became_power_user linus", "cohort_entered linus"]);
  });

  it("is told as an event of the user, with the cohort in it", async () => {
    const cohort = newCohort();
    const before = log().head();
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["margaret"], cohort });
    expect(log().head()).toBe(before + 1);
    const { body } = await house.ask("/v1/events?source=mixpanel&limit=1");
    expect(body.items[0]).toMatchObject({
      eventType: "mixpanel.user.completed_onboarding",
      source: { platform: "mixpanel", connection: "mixpanel", objectType: "user", objectId: "margaret" },
      interaction: null,
      data: { cohort: { id: String(cohort.id), name: "Completed onboarding" } },
    });
  });

  it("is replaced by a whole export only when the last of its pages has come, in whatever order", async () => {
    const cohort = newCohort();
    const whole = { action: "members", session: newSession(), pages: 3, cohort };
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["old", "kept"], cohort });
    const before = log().head();
    await sendCohort(house, { ...whole, page: 3, members: ["c"] });
    await sendCohort(house, { ...whole, page: 1, members: ["a", "kept"] });
    await sendCohort(house, { ...whole, page: 1, members: ["a", "kept"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "c", "kept", "old"]);
    await sendCohort(house, { ...whole, page: 2, members: ["b"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "b", "c", "kept"]);
    const users = ["a", "b", "c", "kept", "old"];
    expect(await moves(before, users)).toEqual([
      "completed_onboarding c",
      "completed_onboarding a",
      "completed_onboarding b",
      "cohort_left old",
    ]);
  });

  it("that is empty empties it, and an empty difference changes nothing", async () => {
    const cohort = newCohort();
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["ada"], cohort });
    const before = log().head();
    for (const action of ["add_members", "remove_members"]) {
      const { members: _, ...without } = cohortCall(house, { action, session: newSession(), members: [], cohort }).parameters;
      const answer = await sendMixpanel(house, { action, parameters: without });
      expect(answer.body).toEqual({ action, status: "success" });
      expect((await sendCohort(house, { action, session: newSession(), members: [], cohort })).body.status).toBe("success");
    }
    expect(log().head()).toBe(before);
    const none = cohortCall(house, { action: "members", session: newSession(), members: [], cohort, page: 0, pages: 0 });
    await sendMixpanel(house, none);
    expect(await moves(before, ["ada"])).toEqual(["cohort_left ada"]);
  });

  it("keeps what was said after an export had begun, when that ends", async () => {
    const cohort = newCohort();
    const first = { action: "members", session: newSession(), pages: 2, cohort };
    await sendCohort(house, { ...first, page: 1, members: ["a", "b"] });
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["late"], cohort });
    await sendCohort(house, { action: "remove_members", session: newSession(), members: ["b"], cohort });
    await sendCohort(house, { ...first, page: 2, members: ["b", "c"] });
    expect(await membersOf(cohort.id)).toEqual(["a", "c", "late"]);
    // Of an export that a later one has overtaken, nothing counts any more.
    const overtaken = { action: "members", session: newSession(), pages: 2, cohort };
    await sendCohort(house, { ...overtaken, page: 1, members: ["x"] });
    await sendCohort(house, { action: "members", session: newSession(), members: ["y"], cohort });
    await sendCohort(house, { ...overtaken, page: 2, members: ["z"] });
    expect(await membersOf(cohort.id)).toEqual(["y"]);
  });

  it("is known after a restart, also what was only half told", async () => {
    const own = await openHouse({ pull: false });
    try {
      const cohort = newCohort();
      const whole = { action: "members", session: newSession(), pages: 2, cohort };
      await sendCohort(own, { action: "add_members", session: newSession(), members: ["old"], cohort });
      await sendCohort(own, { ...whole, page: 1, members: ["a"] });
      await own.restart({ pull: false });
      await sendCohort(own, { ...whole, page: 2, members: ["b"] });
      expect(await membersOf(cohort.id, own)).toEqual(["a", "b"]);
    } finally {
      await own.close();
    }
  });

  it("loses nobody when all its pages come at once, and twice", async () => {
    const cohort = newCohort();
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["old", "u1"], cohort });
    const before = log().head();
    const session = newSession();
    const pages = Array.from({ length: 6 }, (_, i): CohortPage => {
      return { action: "members", session, page: i + 1, pages: 6, members: [`u${i}`, `u${i + 1}`], cohort };
    });
    const answers = await Promise.all([...pages, ...pages.toReversed()].map((page) => sendCohort(house, page)));
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
    const users = ["old", ...Array.from({ length: 7 }, (_, i) => `u${i}`)];
    expect(await membersOf(cohort.id)).toEqual(users.slice(1));
    expect((await moves(before, users)).sort()).toEqual(
      ["cohort_left old", ...[0, 2, 3, 4, 5, 6].map((i) => `completed_onboarding u${i}`)].sort(),
    );
  });
});

describe("whatever is sent, and in whatever order", () => {
  // Ids that mean something to somebody else: a slash parts a cohort from its member in our refs.
  const users = ["ada", "grace", "a/b", "constructor", "ada@example.com"] as const;
  const some = fc.subarray([...users]);
  const sending = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ action: fc.constant("members"), pages: fc.array(some, { minLength: 1, maxLength: 3 }) }),
    },
    fc.record({
      action: fc.constantFrom("add_members", "remove_members"),
      pages: fc.array(some, { minLength: 1, maxLength: 2 }),
    }),
  );
  const history = fc.array(sending, { minLength: 1, maxLength: 5 }).chain((sendings) => {
    const messages = sendings.flatMap(({ action, pages }, session) =>
      pages.map((members, i) => ({ action, session, page: i + 1, pages: pages.length, members })),
    );
    // Some never come, some come twice, and those of one sending come between those of others.
    return fc.array(fc.nat(messages.length - 1), { maxLength: 14 }).map((order) => order.map((i) => messages[i]!));
  });
  type Sent = { action: string; session: number; page: number; pages: number; members: string[] };

  /** Who is in, told from all that has come: the last that speaks of somebody decides, and a whole export speaks of everybody. */
  function members(sent: readonly Sent[]): string[] {
    const told: { name: string; action: string; pages: Set<number>; of: number; members: Set<string> }[] = [];
    for (const { action, session, page, pages, members } of sent) {
      const name = action === "members" ? `${session}` : `${session} ${page}`;
      if (!told.some((t) => t.name === name)) told.push({ name, action, pages: new Set(), of: pages, members: new Set() });
      const known = told.find((t) => t.name === name)!;
      known.pages.add(page);
      for (const member of members) known.members.add(member);
    }
    const isIn = (user: string): boolean => {
      for (const { action, pages, of, members } of told.toReversed()) {
        if (members.has(user)) return action !== "remove_members";
        if (action === "members" && pages.size === of) return false;
      }
      return false;
    };
    return users.filter(isIn).sort();
  }

  it("the members are those that Mixpanel last told of, and each change is one event", async () => {
    await fc.assert(
      fc.asyncProperty(history, async (sent) => {
        const cohort = newCohort();
        let before: string[] = [];
        for (let i = 0; i < sent.length; i++) {
          const head = log().head();
          const message = sent[i]!;
          const session = `${cohort.id}-${message.session}`;
          expect((await sendCohort(house, { ...message, session, cohort })).body).toEqual({
            action: message.action,
            status: "success",
          });
          const after = members(sent.slice(0, i + 1));
          const expected = [
            ...after.filter((user) => !before.includes(user)).map((user) => `completed_onboarding ${user}`),
            ...before.filter((user) => !after.includes(user)).map((user) => `cohort_left ${user}`),
          ];
          expect((await moves(head, users)).sort()).toEqual(expected.sort());
          expect(await membersOf(cohort.id)).toEqual(after);
          before = after;
        }
      }),
      { numRuns: 150 },
    );
  });

  it("a rebuild of the projections comes out the same", async () => {
    const before = await projectionDigest(log());
    await house.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect(await projectionDigest(log())).toBe(before);
  });
});

describe("what can't be used is held, and never refused: that would have Mixpanel stop", () => {
  const good = () => cohortCall(house, { action: "add_members", session: newSession(), members: ["ada"], cohort: newCohort() });
  const withParameters = (more: object) => ({ ...good(), parameters: { ...good().parameters, ...more } });
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
    ["members that are no list", () => withParameters({ members: "ada" }), "add_members", "unreadable", /\/members$/],
    ["no JSON", () => "{", undefined, "unreadable", /JSON/],
    ["no body", () => "", undefined, "unreadable", /JSON/],
    ["a JSON null", () => "null", undefined, "unreadable", /root/],
  ];

  it.each(cases)("%s", async (_, body, action, reason, detail) => {
    const [known, before] = [await held(), log().head()];
    const answer = await sendMixpanel(house, body());
    expect([answer.status, answer.body]).toEqual([200, { ...(action === undefined ? {} : { action }), status: "success" }]);
    expect(log().head()).toBe(before);
    const [newest, ...others] = (await held()).filter(({ id }) => known.every((k) => k["id"] !== id));
    expect([newest?.["reason"], others]).toEqual([reason, []]);
    expect(newest?.["detail"]).toMatch(detail);
  });

  it("a member without a usable id: the others are taken, and nobody is thought to have left", async () => {
    const cohort = newCohort();
    await sendCohort(house, { action: "add_members", session: newSession(), members: ["old"], cohort });
    const [known, before] = [await held(), log().head()];
    const call = cohortCall(house, { action: "members", session: newSession(), members: ["ada"], cohort });
    const strange = ["x".repeat(256), "a\u0000b", "\ud800", "", null, { id: 1 }].map((id) => ({ mixpanel_distinct_id: id }));
    await sendMixpanel(house, { ...call, parameters: { ...call.parameters, members: [...call.parameters.members, ...strange] } });
    expect(await moves(before, ["ada"])).toEqual(["completed_onboarding ada"]);
    expect(await membersOf(cohort.id)).toEqual(["ada", "old"]);
    const [newest] = (await held()).filter(({ id }) => known.every((k) => k["id"] !== id));
    expect(newest).toMatchObject({ reason: "unreadable", detail: "a member without a usable id at /parameters/members/1" });
    const released = await house.ask(`/v1/quarantine/${newest!["id"]}/release`, { method: "POST" });
    expect([released.body.accepted, released.body.unusable.length]).toEqual([0, 1]);
    expect(await membersOf(cohort.id)).toEqual(["ada", "old"]);
  });

  it("ids may be numbers", async () => {
    const cohort = newCohort();
    const call = cohortCall(house, {
      action: "add_members",
      session: newSession(),
      members: [],
      cohort,
      project: Number(projectOf(house)),
    });
    const members = [{ mixpanel_distinct_id: 12345, email: null }];
    const parameters = { ...call.parameters, mixpanel_session_id: 99, members };
    await sendMixpanel(house, { ...call, parameters });
    expect(await membersOf(cohort.id)).toEqual(["12345"]);
  });
});

describe("a Mixpanel webhook is refused, and nothing is kept", () => {
  const body = () => cohortCall(house, { action: "add_members", session: "refused", members: ["mallory"], cohort: { id: 1 } });
  const own = () => house.webhooks["acme"]!;
  const { username, password } = { username: () => own().mixpanel.username, password: () => own().mixpanel.password };
  const encoded = () => basic(username(), password()).slice("Basic ".length);
  const cases: [string, () => Parameters<typeof sendMixpanel>[2]][] = [
    ["with a wrong password", () => ({ password: "another" })],
    ["with half the password", () => ({ password: password().slice(0, -1) })],
    ["with more than the password", () => ({ password: `${password()}x` })],
    ["with no password", () => ({ password: "" })],
    ["with a wrong user name", () => ({ username: "mallory" })],
    ["with no user name", () => ({ username: "" })],
    ["with a user name in other letters", () => ({ username: username().toUpperCase() })],
    ["with another tenant's password", () => ({ password: house.webhooks["globex"]!.mixpanel.password })],
    ["with another webhook's secret", () => ({ password: own().generic })],
    ["without credentials", () => ({ authorization: null })],
    ["with empty credentials", () => ({ authorization: "" })],
    ["with a scheme alone", () => ({ authorization: "Basic" })],
    ["with credentials as a token", () => ({ authorization: `Bearer ${encoded()}` })],
    ["with an API key", () => ({ authorization: `Bearer ${house.keys["acme"]!.admin}` })],
    ["with credentials that aren't encoded", () => ({ authorization: `Basic ${username()}:${password()}` })],
    ["with credentials that are no base64", () => ({ authorization: `Basic ${"!".repeat(40)}` })],
    ["with base64 of another form", () => ({ authorization: `Basic ${encoded().replace(/=*$/, "")}=` })],
    ["with base64 and more", () => ({ authorization: `Basic ${encoded()} x` })],
    ["with credentials longer than any", () => ({ authorization: `Basic ${"A".repeat(8_000)}` })],
    ["at an unknown path", () => ({ token: "unknown" })],
    ["at another tenant's path", () => ({ token: house.webhooks["globex"]!.token.mixpanel })],
    ["at another platform's path", () => ({ token: own().token.zendesk })],
  ];

  it.each(cases)("%s", async (_, sending) => {
    const [known, before] = [await held(), log().head()];
    const answer = await sendMixpanel(house, body(), sending());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, "unauthenticated"]);
    expect([log().head(), await held()]).toEqual([before, known]);
  });

  it("but for the credentials' scheme, whose letters don't matter", async () => {
    const page: CohortPage = { action: "add_members", session: newSession(), members: ["ada"], cohort: newCohort() };
    expect((await sendCohort(house, page, { authorization: `bAsIc ${encoded()}` })).status).toBe(200);
  });
});

describe("a rotation of the password", () => {
  it("has two passwords valid, until the overlap ends", async () => {
    const until = new Date(house.clock.now() + 3_600_000).toISOString();
    const rotating = await openHouse({
      pull: false,
      configure: (config) => {
        const { webhooks } = config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel");
        webhooks[0].previous = { password: "acme.generic.webhook", until };
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
