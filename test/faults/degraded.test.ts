import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import type { Platform } from "../lab/simulators/log.ts";
import { TOKEN_ROWS } from "../lab/world/tenant.ts";

const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;
const platforms = Object.keys(sectionOf) as Platform[];
const deadlineMs = 900;

let harness: Harness;
afterEach(() => harness.close());

/** A person who is on all three platforms under one address. */
function everywhere(): string {
  const { world } = harness.lab.tenants["acme"]!;
  const person = world.people.find((p) => p.tags.includes("demo")) ?? world.people[0]!;
  return `email:${person.email}`;
}

describe("a platform that never answers", () => {
  beforeEach(async () => {
    harness = await openHarness({ pull: false });
  });

  it.each(platforms)(
    "%s: a first read responds by its deadline, reports the platform in its section, and completes the other sections",
    async (silent) => {
      harness.lab.faults.add({ platform: silent, kind: "timeout", rate: 1, seed: 1 });
      const { value, ms } = await advanceUntilSettled(harness.clock, harness.context(everywhere()));
      expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
      expect(value.status).toBe(200);
      const { match, sections } = value.body;
      expect(match).toMatchObject({ state: "resolved", partial: true });
      for (const platform of platforms) {
        const section = sections[sectionOf[platform]]!;
        if (platform !== silent) {
          expect(section.state, platform).toBe("ok");
          expect(section.problem).toBeNull();
          continue;
        }
        expect(["pending", "error", "stale", "partial"]).toContain(section.state);
        expect(section.problem).toMatchObject({ code: "timeout" });
      }
    },
  );

  it("is never reported as a platform without a match", async () => {
    for (const platform of platforms) harness.lab.faults.add({ platform, kind: "timeout", rate: 1, seed: 1 });
    const { value } = await advanceUntilSettled(harness.clock, harness.context(everywhere()));
    expect(value.status).toBe(200);
    expect(value.body.match).toMatchObject({ state: "none", partial: true });
    expect(value.body.match.searched.map((s) => s.state)).toEqual(["unavailable", "unavailable", "unavailable"]);
  });
});

describe("a failing platform whose values are stored", () => {
  beforeEach(async () => {
    harness = await openHarness();
    // The backfill used Mixpanel's allowance of this second.
    harness.clock.advance(2_000);
  });

  it.each(platforms)(
    "%s: a refresh keeps the last good value with its age, shows the problem beside it, and recovers",
    async (failing) => {
      const ref = everywhere();
      const name = sectionOf[failing];
      const good = (await harness.context(ref)).body;
      harness.lab.faults.add({ platform: failing, kind: "error", status: 503, rate: 1, seed: 1 });
      const { value, ms } = await advanceUntilSettled(
        harness.clock,
        harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
      );
      expect(value.status).toBe(200);
      expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
      const { sections } = value.body;
      expect(sections[name]).toMatchObject({ state: "ok", problem: { code: "unavailable" } });
      expect(sections[name].data).toEqual(good.sections[name]!.data);
      for (const healthy of platforms.filter((p) => p !== failing)) expect(sections[sectionOf[healthy]].state).toBe("ok");

      harness.lab.faults.clear();
      harness.clock.advance(31_000);
      const recovery = await advanceUntilSettled(
        harness.clock,
        harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
      );
      expect(recovery.value.body.sections[name]).toMatchObject({ state: "ok", problem: null });
    },
  );

  it("reports a refused sign-in at once, as a problem that an administrator must fix", async () => {
    harness.lab.faults.add({ platform: "zendesk", kind: "expired_token", rate: 1, seed: 1 });
    const ref = everywhere();
    const { value } = await advanceUntilSettled(
      harness.clock,
      harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
    );
    expect(value.body.sections.support.problem.code).toBe("invalid_credentials");
    const { body } = await harness.request("/v1/connections");
    const connection = body.items.find((c: { platform: string }) => c.platform === "zendesk");
    expect(connection.state).toBe("invalid_credentials");
    expect(connection.problem).toMatch(/\S/);
    expect(harness.logged.some((line) => JSON.parse(line).level === 50 && line.includes("sign-in failed"))).toBe(true);
  });

  it("returns 429 with Retry-After for a second refresh within 30 seconds", async () => {
    const path = `/v1/context/${encodeURIComponent(everywhere())}/refresh`;
    const refresh = async () => await advanceUntilSettled(harness.clock, harness.request(path, { method: "POST" }));
    const first = await refresh();
    expect(first.value.status).toBe(200);
    harness.clock.advance(10_000 - first.ms);
    const { value: second } = await refresh();
    expect(second.status).toBe(429);
    expect(second.body.code).toBe("rate_limited");
    expect(second.headers.get("retry-after")).toBe("20");
    harness.clock.advance(20_000);
    expect((await refresh()).value.status).toBe(200);
  });
});

describe("an expired token", () => {
  beforeEach(async () => {
    harness = await openHarness({ pull: false });
  });

  it("is renewed once for many concurrent requests", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    // No more than the share of the allowance that searches may use.
    const refs = world.people.slice(0, 31).map((p) => `email:${p.email}`);
    await harness.context(refs[0]!);
    harness.clock.advance(61 * 60_000);
    const since = harness.requests().length;
    const { value: answers } = await advanceUntilSettled(
      harness.clock,
      Promise.all(refs.slice(1).map((ref) => harness.context(ref))),
      1,
    );
    for (const answer of answers) expect(answer.status).toBe(200);
    const signIns = (platform: Platform, path: string) =>
      harness
        .requests()
        .slice(since)
        .filter((r) => r.platform === platform && r.path.startsWith(path)).length;
    expect(signIns("salesforce", "/services/oauth2/token")).toBe(1);
    expect(signIns("zendesk", "/oauth/tokens")).toBe(1);
  });

  it("is renewed once when the platform revoked it early", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    // No more than the share of the allowance that searches may use.
    const refs = world.people.slice(0, 31).map((p) => `email:${p.email}`);
    await harness.context(refs[0]!);
    // All issued tokens are void; new ones are valid.
    const { meta } = world;
    const tokens = [...meta.values()].filter(({ key }) => key.startsWith(TOKEN_ROWS));
    world.change(() => {
      for (const { key } of tokens) meta.remove(key);
    });
    const since = harness.requests().length;
    const { value: answers } = await advanceUntilSettled(
      harness.clock,
      // A long deadline: the manual clock may pass the default one while a busy machine computes.
      Promise.all(refs.slice(1).map((ref) => harness.context(ref, { query: "?deadline=10000" }))),
      1,
    );
    for (const answer of answers) expect(answer.status).toBe(200);
    const requests = harness.requests().slice(since);
    expect(requests.filter((r) => r.path.startsWith("/services/oauth2/token")).length).toBe(1);
    expect(requests.filter((r) => r.path.startsWith("/oauth/tokens")).length).toBe(1);
    // Mixpanel's sixty queries an hour are soon used up. Both other platforms must refuse no request.
    const searchResults = answers.flatMap(({ body }) => body.match.searched).filter((s) => s.platform !== "mixpanel");
    expect(searchResults.length).toBe(60);
    expect(searchResults.filter((s) => s.state === "unavailable")).toEqual([]);
  });
});
