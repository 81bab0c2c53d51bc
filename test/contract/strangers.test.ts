import { advanceBy, advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, type ZendeskOverrides } from "../harness/zendeskWebhook.ts";
import { PLATFORMS, type Platform } from "../lab/simulators/log.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure: (config) => {
      for (const { settings } of config.tenants.acme.connections) if (settings.pullEverySeconds) settings.pullEverySeconds = 300;
    },
  });
  // The backfill used Mixpanel's allowance of this second.
  harness.clock.advance(2_000);
});
afterEach(() => harness.close());

const inventedRefs = (round: number) => Array.from({ length: 100 }, (_, i) => `email:invented-${round}-${i}@nowhere.example`);
const lookUp = async (refs: string[], role: "agent" | "rep" = "agent") =>
  (await advanceUntilSettled(harness.clock, harness.request("/v1/contexts", { role, method: "POST", body: { refs } }))).value;
const requests = (platform: Platform, since: number) =>
  harness.requests(platform, since).filter(({ tenant, path }) => tenant === "acme" && !/oauth/.test(path)).length;
const indexes = () => Object.fromEntries(PLATFORMS.map((p) => [p, harness.requests(p).length])) as Record<Platform, number>;

describe("a hundred invented addresses, three times", () => {
  it("use a part of each platform's quota only, and a normal ticket still gets its live read", async () => {
    const since = indexes();
    const answers = [];
    for (let round = 0; round < 3; round++) answers.push(await lookUp(inventedRefs(round)));
    const calls = Object.fromEntries(PLATFORMS.map((p) => [p, requests(p, since[p])]));
    expect(calls["zendesk"]).toBeLessThanOrEqual(60);
    expect(calls["salesforce"]).toBeLessThanOrEqual(120);
    expect(calls["mixpanel"]).toBeLessThanOrEqual(15);

    const contexts = answers.flatMap(({ body }) => body.items ?? body.contexts ?? body);
    expect(contexts).toHaveLength(300);
    for (const { match, customer, sections } of contexts) {
      expect([match.state, customer, sections]).toEqual(["none", null, {}]);
      const isSearched = match.searched.every((s: { state: string }) => s.state === "not_found");
      // An address that was not searched everywhere may be known: never a false none.
      expect(match.partial).toBe(!isSearched);
    }
    expect(contexts.filter(({ match }: { match: { partial: boolean } }) => !match.partial).length).toBeGreaterThan(0);

    // Another agent, right after: a ticket that no webhook reported.
    const { refs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 3 });
    const ticket = refs.find((ref) => ref.startsWith("zendesk.ticket:"))!;
    const { value: live } = await advanceUntilSettled(harness.clock, harness.context(ticket, { role: "rep" }));
    expect(live).toMatchObject({ status: 200, tier: "platform", body: { match: { state: "resolved", partial: false } } });
    // So does the agent's own next ticket, a minute later.
    harness.clock.advance(60_000);
    const { refs: nextRefs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 4 });
    const { value: nextAnswer } = await advanceUntilSettled(
      harness.clock,
      harness.context(nextRefs.find((ref) => ref.startsWith("zendesk.ticket:"))!, { role: "agent" }),
    );
    expect(nextAnswer.body.match).toMatchObject({ state: "resolved", partial: false });
  });

  it("do not stop the pulls", async () => {
    for (let round = 0; round < 3; round++) await lookUp(inventedRefs(round));
    const coverageTimes = async (): Promise<number[]> =>
      (await harness.request("/v1/connections")).body.items
        .filter(({ platform }: { platform: string }) => platform !== "generic")
        .flatMap(({ streams }: { streams: { coveredUntil: string; name: string }[] }) =>
          streams.filter(({ name }) => ["tickets", "account", "profiles"].includes(name)).map((s) => Date.parse(s.coveredUntil)),
        );
    const previousTimes = await coverageTimes();
    expect(previousTimes.length).toBe(3);
    await advanceUntil(harness.clock, 10_000, "the next pulls", async () =>
      (await coverageTimes()).every((instant, i) => instant > previousTimes[i]!),
    );
  });
});

describe("other ways to cause calls at will", () => {
  const isTicketRead = async (seed: number): Promise<void> => {
    const { refs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed });
    const ticket = refs.find((ref) => ref.startsWith("zendesk.ticket:"))!;
    const { value } = await advanceUntilSettled(harness.clock, harness.context(ticket, { role: "rep" }));
    expect(value).toMatchObject({ status: 200, tier: "platform", body: { match: { state: "resolved", partial: false } } });
  };

  it.each<[string, (i: number) => string]>([
    ["phones", (i) => `phone:+4930${5_000_000 + i}`],
    ["domains", (i) => `domain:invented-${i}.com`],
    ["tickets", (i) => `zendesk.ticket:${80_000_000 + i}`],
    ["users", (i) => `zendesk.user:${80_000_000_000 + i}`],
    ["accounts", (i) => `salesforce.account:001Qy00000${String(10_000 + i)}`],
    ["profiles", (i) => `mixpanel.user:invented-${i}`],
  ])("invented %s stay within the caller's searches, through every operation", async (_, refOf) => {
    const since = indexes();
    const answers = await lookUp(Array.from({ length: 80 }, (_, i) => refOf(i)));
    expect(answers.status).toBe(200);
    for (let i = 80; i < 100; i++) {
      const ref = encodeURIComponent(refOf(i));
      for (const path of [`/v1/timeline/${ref}`, `/v1/context/${ref}`, `/v1/context/${ref}?at=${harness.clock.now()}`])
        await advanceUntilSettled(harness.clock, harness.request(path, { role: "agent" }));
    }
    // 60 searches, and two calls for each at Salesforce.
    expect(requests("zendesk", since.zendesk)).toBeLessThanOrEqual(60 * 2);
    expect(requests("salesforce", since.salesforce)).toBeLessThanOrEqual(60 * 2);
    expect(requests("mixpanel", since.mixpanel)).toBeLessThanOrEqual(15);
    await isTicketRead(3);
  });

  it("refreshes of many customers by several keys leave the platforms' other shares alone", async () => {
    const { people } = harness.lab.tenants["acme"]!.world;
    const refresh = async (i: number, role: "agent" | "rep") => {
      const path = `/v1/context/${encodeURIComponent(`email:${people[i]!.email}`)}/refresh`;
      return (await advanceUntilSettled(harness.clock, harness.request(path, { method: "POST", role }))).value;
    };
    const since = indexes();
    const answers = [];
    for (let i = 0; i < 140; i++) answers.push(await refresh(i % people.length, i % 2 === 0 ? "agent" : "rep"));
    const refusedAnswers = answers.filter(({ status }) => status === 429);
    for (const { headers, body } of refusedAnswers) {
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(body.code).toBe("rate_limited");
    }
    expect(requests("mixpanel", since.mixpanel)).toBeLessThanOrEqual(60 * 0.35);
    // Without a call left, the answer shows the stored value and why it was not renewed.
    const servedAnswers = answers.filter(({ status }) => status === 200);
    expect(refusedAnswers.length + servedAnswers.length).toBe(answers.length);
    expect(servedAnswers.at(-1)!.body.sections.product!.problem).toMatchObject({
      code: "quota_exhausted",
      retryAt: expect.any(String),
    });
    await isTicketRead(3);
  });
});

describe("a flood of signed webhooks that name unknown tickets", () => {
  const flood = async (count: number, overrides: ZendeskOverrides = {}, first = 0): Promise<number[]> =>
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const i = first + index;
        const headers = { "x-zendesk-webhook-invocation-id": `flood-${i}` };
        return (await sendZendesk(harness, { ticket_id: 80_000_000 + i }, { headers, ...overrides })).status;
      }),
    );

  it("leaves the shares of readers and pulls, and all of it when the signature is wrong", async () => {
    harness.clock.advance(60_000);
    const since = indexes();
    expect(new Set(await flood(50, { secret: "another" }))).toEqual(new Set([401]));
    await advanceBy(harness.clock, 100, 1_000);
    expect(requests("zendesk", since.zendesk)).toBeLessThan(10);

    for (let i = 0; i < 9; i++) expect(new Set(await flood(100, {}, i * 100))).toEqual(new Set([200]));
    let calls = -1;
    await advanceUntil(harness.clock, 50, "the share of webhooks to be used", () => {
      const isQuiet = requests("zendesk", since.zendesk) === calls && calls > 300;
      calls = requests("zendesk", since.zendesk);
      return isQuiet;
    });
    expect(calls).toBeLessThanOrEqual(700 * 0.7);
    const { refs } = harness.lab.runScenario({ kind: "ticket_created", tenant: "acme", seed: 3 });
    const ticket = refs.find((ref) => ref.startsWith("zendesk.ticket:"))!;
    const { value } = await advanceUntilSettled(harness.clock, harness.context(ticket, { role: "rep" }));
    expect(value).toMatchObject({ status: 200, tier: "platform", body: { match: { state: "resolved", partial: false } } });
    // The fetches go on in the next minutes, within the limit, and the pulls run.
    const coveredUntil = async (): Promise<number> => {
      const { body } = await harness.request("/v1/connections");
      const { streams } = body.items.find(({ id }: { id: string }) => id === "zendesk");
      return Date.parse(streams.find(({ name }: { name: string }) => name === "tickets").coveredUntil);
    };
    const previous = await coveredUntil();
    await advanceUntil(harness.clock, 5_000, "the next pull", async () => (await coveredUntil()) > previous);
    const times = harness.requests("zendesk", since.zendesk).map((r) => Date.parse(r.at));
    for (const first of times) expect(times.filter((t) => t >= first && t < first + 60_000).length).toBeLessThanOrEqual(700);
  });
});

describe("an address without a match", () => {
  it("is remembered: the same address costs no second search for five minutes", async () => {
    const [ref] = inventedRefs(0);
    await lookUp([ref!]);
    const since = indexes();
    harness.clock.advance(60_000);
    const { body } = await lookUp([ref!]);
    const [{ match }] = body.items ?? body.contexts ?? body;
    expect(match).toMatchObject({ state: "none", partial: false });
    expect(
      PLATFORMS.map((p) => harness.requests(p, since[p]).filter(({ path }) => /nowhere/.test(decodeURIComponent(path))).length),
    ).toEqual([0, 0, 0]);
    // The answer names the time of the search, not of the question.
    expect(Date.parse(match.searched[0].at)).toBeLessThanOrEqual(harness.clock.now() - 60_000);
    harness.clock.advance(240_001);
    await lookUp([ref!]);
    expect(requests("zendesk", since.zendesk)).toBeGreaterThan(0);
  });

  it("is found at once when a webhook or pull brought it in between", async () => {
    const { refs } = harness.lab.runScenario({ kind: "lead_created", tenant: "acme", seed: 8 });
    const lead = refs.find((ref) => ref.startsWith("salesforce.lead:"))!;
    expect(lead).toBeDefined();
    await advanceUntil(
      harness.clock,
      10_000,
      "the pull",
      async () => (await harness.context(lead)).body.match.state === "resolved",
    );
  });
});

describe("the limit of searches", () => {
  it("is configurable, counts each key on its own, and starts again after a minute", async () => {
    await harness.close();
    harness = await openHarness({
      configure(config) {
        config.tenants.acme.searchesPerMinute = 2;
      },
    });
    harness.clock.advance(2_000);
    const states = async (refs: string[], role: "agent" | "rep") => {
      const { body } = await lookUp(refs, role);
      return (body.items ?? body.contexts ?? body).map(({ match }: { match: { partial: boolean } }) => match.partial);
    };
    const refs = inventedRefs(0);
    harness.clock.advance(60_000 - (harness.clock.now() % 60_000));
    expect(await states(refs.slice(0, 4), "agent")).toEqual([false, false, true, true]);
    expect(await states(refs.slice(4, 6), "rep")).toEqual([false, false]);
    harness.clock.advance(60_000);
    expect(await states(refs.slice(2, 4), "agent")).toEqual([false, false]);
  });
});
