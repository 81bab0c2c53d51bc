import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Platform } from "../lab/simulators/log.ts";
import { TOKEN_ROWS } from "../lab/world/tenant.ts";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";

const sectionOf = { salesforce: "account", zendesk: "support", mixpanel: "product" } as const;
const platforms = Object.keys(sectionOf) as Platform[];
const deadlineMs = 900;

let house: House;
afterEach(() => house.close());

/** Somebody whom all three platforms know by one address. */
function everywhere(): string {
  const { world } = house.lab.tenants["acme"]!;
  const person = world.people.find((p) => p.tags.includes("story")) ?? world.people[0]!;
  return `email:${person.email}`;
}

describe("a platform that never answers", () => {
  beforeEach(async () => {
    house = await openHouse({ pull: false });
  });

  it.each(platforms)(
    "%s, for a customer nobody asked for before: in time, told in its section, the others whole",
    async (silent) => {
      house.lab.faults.add({ platform: silent, kind: "timeout", rate: 1, seed: 1 });
      const { value, ms } = await passing(house.clock, house.context(everywhere()));
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

  it("is never taken for a platform that knows nobody", async () => {
    for (const platform of platforms) house.lab.faults.add({ platform, kind: "timeout", rate: 1, seed: 1 });
    const { value } = await passing(house.clock, house.context(everywhere()));
    expect(value.status).toBe(200);
    expect(value.body.match).toMatchObject({ state: "none", partial: true });
    expect(value.body.match.searched.map((s) => s.state)).toEqual(["unavailable", "unavailable", "unavailable"]);
  });
});

describe("a platform that fails while its values are held", () => {
  beforeEach(async () => {
    house = await openHouse();
    // The backfill has just used up what Mixpanel gives in a second.
    house.clock.advance(2_000);
  });

  it.each(platforms)("%s: a refresh keeps the last good value, says so, and recovers by itself", async (broken) => {
    const ref = everywhere();
    const name = sectionOf[broken];
    const good = (await house.context(ref)).body;
    house.lab.faults.add({ platform: broken, kind: "error", status: 503, rate: 1, seed: 1 });
    const { value, ms } = await passing(
      house.clock,
      house.ask(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
    );
    expect(value.status).toBe(200);
    expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
    const { sections } = value.body;
    expect(sections[name]).toMatchObject({ state: "stale", problem: { code: "unavailable" } });
    expect(sections[name].data).toEqual(good.sections[name]!.data);
    for (const other of platforms.filter((p) => p !== broken)) expect(sections[sectionOf[other]].state).toBe("ok");

    house.lab.faults.clear();
    house.clock.advance(31_000);
    const mended = await passing(house.clock, house.ask(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }));
    expect(mended.value.body.sections[name]).toMatchObject({ state: "ok", problem: null });
  });

  it("tells a refused sign-in at once, as something that a person has to mend", async () => {
    house.lab.faults.add({ platform: "zendesk", kind: "expired_token", rate: 1, seed: 1 });
    const ref = everywhere();
    const { value } = await passing(house.clock, house.ask(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }));
    expect(value.body.sections.support.problem.code).toBe("invalid_credentials");
    const { body } = await house.ask("/v1/connections");
    const connection = body.items.find((c: { platform: string }) => c.platform === "zendesk");
    expect(connection.state).toBe("invalid_credentials");
    expect(connection.problem).toMatch(/\S/);
    expect(house.logged.some((line) => JSON.parse(line).level === 50 && line.includes("sign-in failed"))).toBe(true);
  });

  it("refuses a second refresh within 30 seconds, and says when", async () => {
    const path = `/v1/context/${encodeURIComponent(everywhere())}/refresh`;
    const refresh = async () => await passing(house.clock, house.ask(path, { method: "POST" }));
    const first = await refresh();
    expect(first.value.status).toBe(200);
    house.clock.advance(10_000 - first.ms);
    const { value: second } = await refresh();
    expect(second.status).toBe(429);
    expect(second.body.code).toBe("rate_limited");
    expect(second.headers.get("retry-after")).toBe("20");
    house.clock.advance(20_000);
    expect((await refresh()).value.status).toBe(200);
  });
});

describe("an expired token", () => {
  beforeEach(async () => {
    house = await openHouse({ pull: false });
  });

  it("is renewed once, however many requests meet it at the same time", async () => {
    const { world } = house.lab.tenants["acme"]!;
    const refs = world.people.slice(0, 51).map((p) => `email:${p.email}`);
    await house.context(refs[0]!);
    house.clock.advance(61 * 60_000);
    const since = house.requests().length;
    const { value: answers } = await passing(house.clock, Promise.all(refs.slice(1).map((ref) => house.context(ref))), 1);
    for (const answer of answers) expect(answer.status).toBe(200);
    const signIns = (platform: Platform, path: string) =>
      house
        .requests()
        .slice(since)
        .filter((r) => r.platform === platform && r.path.startsWith(path)).length;
    expect(signIns("salesforce", "/services/oauth2/token")).toBe(1);
    expect(signIns("zendesk", "/oauth/tokens")).toBe(1);
  });

  it("that the platform withdrew early is renewed once too", async () => {
    const { world } = house.lab.tenants["acme"]!;
    const refs = world.people.slice(0, 51).map((p) => `email:${p.email}`);
    await house.context(refs[0]!);
    // Every token that is out is void; new ones are good.
    const { meta } = world;
    const tokens = [...meta.values()].filter(({ key }) => key.startsWith(TOKEN_ROWS));
    world.change(() => {
      for (const { key } of tokens) meta.remove(key);
    });
    const since = house.requests().length;
    const { value: answers } = await passing(house.clock, Promise.all(refs.slice(1).map((ref) => house.context(ref))), 1);
    for (const answer of answers) expect(answer.status).toBe(200);
    const requests = house.requests().slice(since);
    expect(requests.filter((r) => r.path.startsWith("/services/oauth2/token")).length).toBe(1);
    expect(requests.filter((r) => r.path.startsWith("/oauth/tokens")).length).toBe(1);
    // Mixpanel's sixty queries an hour are soon gone; nobody was turned away by the two others.
    const searched = answers.flatMap(({ body }) => body.match.searched).filter((s) => s.platform !== "mixpanel");
    expect(searched.length).toBe(100);
    expect(searched.every((s) => s.state !== "unavailable")).toBe(true);
  });
});
