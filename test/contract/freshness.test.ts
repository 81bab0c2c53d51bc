import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";
import { until } from "../support/until.ts";

let house: House;
beforeEach(async () => {
  house = await openHouse({
    configure: (config) => {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
});
afterEach(() => house.close());

const happen = async (kind: string): Promise<string> => {
  const response = await fetch(`${house.lab.control.url}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind, tenant: "acme", seed: 5 }),
  });
  return ((await response.json()) as { refs: string[] }).refs[0]!;
};

describe("a ticket that no pull has brought yet", () => {
  it("costs one call when its requester is known, and makes nothing look fresher than it is", async () => {
    house.clock.advance(120_000);
    const ref = await happen("ticket_created");
    const since = house.requests("zendesk").length;
    const { value } = await passing(house.clock, house.context(ref));
    expect(value.body.match.state).toBe("resolved");
    expect(value.body.kind).toBe("person");
    const calls = house.requests("zendesk", since).map((r) => r.path.split("?")[0]);
    expect(calls).toEqual([`/api/v2/tickets/${ref.slice("zendesk.ticket:".length)}`]);
    const { data, observedAt } = value.body.sections.support!;
    expect(data!.tickets.some((t) => ref.endsWith(`:${t.id}`))).toBe(true);
    // The customer's other tickets were last vouched for by the pull.
    expect(house.clock.now() - Date.parse(observedAt!)).toBeGreaterThanOrEqual(120_000);
  });
});

describe("a value that is no longer fresh", () => {
  it("is shown with its age at no cost, and renewed by the next pull", async () => {
    const ref = house.lab.tenants["acme"]!.examples.resolved[0]!;
    house.clock.advance(200_000);
    const since = house.requests().length;
    const aged = await house.context(ref);
    expect(aged.tier).toBe("store");
    expect(aged.body.sections.support!.state).toBe("ok");
    expect(Date.parse(aged.body.sections.support!.freshUntil!)).toBeLessThan(house.clock.now());
    expect(house.requests(undefined, since)).toEqual([]);
    await until("the next pull", async () => {
      house.clock.advance(10_000);
      const { body } = await house.context(ref);
      return Date.parse(body.sections.support!.observedAt!) > Date.parse(aged.body.sections.support!.observedAt!);
    });
  });

  it("is asked for once it is stale, and says so when it can't be had", async () => {
    const ref = house.lab.tenants["acme"]!.examples.resolved[0]!;
    house.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
    house.clock.advance(16 * 60_000);
    const { value } = await passing(house.clock, house.context(ref));
    expect(value.body.sections.support).toMatchObject({ state: "stale", problem: { code: "unavailable" } });
    expect(value.body.sections.account!.state).toBe("ok");
    house.lab.faults.clear();
    house.clock.advance(6_000);
    const mended = await passing(house.clock, house.context(ref));
    expect(mended.value.body.sections.support).toMatchObject({ state: "ok", problem: null });
  });
});

describe("a customer nobody asked for before", () => {
  it("takes two rounds of calls at most, whatever the ref", async () => {
    const cold = await openHouse({ pull: false });
    try {
      const { world } = cold.lab.tenants["acme"]!;
      const { salesforce: sf, zendesk: zd } = world.ids;
      const known = world.people.filter(
        (p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.length <= 2,
      );
      // Sign-ins and descriptions of objects are made once for a process.
      await passing(cold.clock, cold.context(`email:${known[0]!.email}`));
      await passing(cold.clock, cold.context(`salesforce.account:${sf.account(known[1]!.company!)}`));
      const roundMs = 200;
      for (const platform of ["salesforce", "zendesk", "mixpanel"] as const) {
        cold.lab.faults.add({ platform, kind: "latency", rate: 1, ms: roundMs, seed: 1 });
      }
      const [, , a, b, c] = known;
      for (const ref of [
        `email:${a!.email}`,
        `zendesk.user:${zd.user(b!.index)}`,
        `salesforce.contact:${sf.contact(c!.index)}`,
      ]) {
        cold.clock.advance(10_000);
        const since = cold.requests().length;
        const { value } = await passing(cold.clock, cold.context(ref, { query: "?deadline=5000" }));
        expect(value.body.match.state, ref).toBe("resolved");
        for (const platform of ["salesforce", "zendesk", "mixpanel"] as const) {
          const times = cold.requests(platform, since).map((r) => Date.parse(r.at));
          // A round starts when the one before has been answered.
          const rounds = times.length === 0 ? 0 : Math.round((Math.max(...times) - Math.min(...times)) / roundMs) + 1;
          expect(rounds, `${ref} at ${platform}`).toBeLessThanOrEqual(2);
        }
      }
    } finally {
      await cold.close();
    }
  });
});
