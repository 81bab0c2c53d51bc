import { rightsOf } from "@sidelight/context-api/security/roles.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import { advanceUntil, advanceUntilSettled, idle } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isCheck } from "../harness/checks.ts";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({
    configure: (config) => {
      for (const { settings } of config.tenants.acme.connections) delete settings.pullEverySeconds;
    },
  });
});
afterEach(() => harness.close());

const happen = async (kind: string): Promise<string> => {
  const response = await fetch(`${harness.lab.control.url}/happen`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind, tenant: "acme", seed: 5 }),
  });
  return ((await response.json()) as { refs: string[] }).refs[0]!;
};

describe("a ticket that no pull has fetched yet", () => {
  it("costs one call when its requester is known, and does not make the section look fresher", async () => {
    harness.clock.advance(120_000);
    // The pull that is due now.
    await idle(harness.clock);
    const ref = await happen("ticket_created");
    const since = harness.requests("zendesk").length;
    const { value } = await advanceUntilSettled(harness.clock, harness.context(ref));
    expect(value.body.match.state).toBe("resolved");
    expect(value.body.kind).toBe("person");
    const calls = harness.requests("zendesk", since).map((r) => r.path.split("?")[0]);
    expect(calls).toEqual([`/api/v2/tickets/${ref.slice("zendesk.ticket:".length)}`]);
    const { data, observedAt } = value.body.sections.support!;
    expect(data!.tickets.some((t) => ref.endsWith(`:${t.id}`))).toBe(true);
    // The customer's other tickets were last confirmed by the pull.
    expect(harness.clock.now() - Date.parse(observedAt!)).toBeGreaterThanOrEqual(120_000);
  });

  it("is fetched for a stream, whose first read of the store alone does not find it", async () => {
    const ref = await happen("ticket_created");
    const { contexts, tenant } = harness.runtime.tenants.get("acme")!;
    const parsedRef = parseRef(ref, tenant.platforms);
    if ("problem" in parsedRef) throw new Error(parsedRef.problem);
    const rights = rightsOf("admin", tenant.config.roles);
    const query = { ref: parsedRef, rights, sections: tenant.sections.names, deadlineMs: 900 };
    expect((await contexts.read({ ...query, storeOnly: true })).context.match.state).toBe("none");
    const { value } = await advanceUntilSettled(harness.clock, contexts.read(query));
    expect(value.context.match.state).toBe("resolved");
    expect(value.usedPlatform).toBe(true);
  });
});

describe("a value that is no longer fresh", () => {
  it("is answered with its age without a call, and renewed by the next pull", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved[0]!;
    harness.clock.advance(200_000);
    const since = harness.requests().length;
    const agedAnswer = await harness.context(ref);
    expect(agedAnswer.tier).toBe("store");
    expect(agedAnswer.body.sections.support!.state).toBe("ok");
    expect(Date.parse(agedAnswer.body.sections.support!.freshUntil!)).toBeLessThan(harness.clock.now());
    expect(harness.requests(undefined, since).filter((r) => r.tenant === "acme" && !isCheck(r))).toEqual([]);
    await advanceUntil(harness.clock, 10_000, "the next pull", async () => {
      const { body } = await harness.context(ref);
      return Date.parse(body.sections.support!.observedAt!) > Date.parse(agedAnswer.body.sections.support!.observedAt!);
    });
  });

  it("is fetched when it is stale, and is marked stale when the fetch fails", async () => {
    const ref = harness.lab.tenants["acme"]!.examples.resolved[0]!;
    harness.lab.faults.add({ platform: "zendesk", kind: "error", status: 503, rate: 1, seed: 1 });
    harness.clock.advance(16 * 60_000);
    const { value } = await advanceUntilSettled(harness.clock, harness.context(ref));
    expect(value.body.sections.support).toMatchObject({ state: "stale", problem: { code: "unavailable" } });
    expect(value.body.sections.account!.state).toBe("ok");
    harness.lab.faults.clear();
    harness.clock.advance(6_000);
    const recovery = await advanceUntilSettled(harness.clock, harness.context(ref));
    expect(recovery.value.body.sections.support).toMatchObject({ state: "ok", problem: null });
  });
});

describe("a customer that is not in the store", () => {
  it("takes at most two rounds of calls, whatever the ref", async () => {
    const cold = await openHarness({ pull: false });
    try {
      const { world } = cold.lab.tenants["acme"]!;
      const { salesforce: sf, zendesk: zd } = world.ids;
      const people = world.people.filter(
        (p) => p.salesforce && p.zendesk && p.mixpanel && p.company !== null && p.tags.length <= 2,
      );
      // Sign-ins and object descriptions happen once per process.
      await advanceUntilSettled(cold.clock, cold.context(`email:${people[0]!.email}`));
      await advanceUntilSettled(cold.clock, cold.context(`salesforce.account:${sf.account(people[1]!.company!)}`));
      const roundMs = 200;
      for (const platform of ["salesforce", "zendesk", "mixpanel"] as const) {
        cold.lab.faults.add({ platform, kind: "latency", rate: 1, ms: roundMs, seed: 1 });
      }
      const [, , a, b, c] = people;
      for (const ref of [
        `email:${a!.email}`,
        `zendesk.user:${zd.user(b!.index)}`,
        `salesforce.contact:${sf.contact(c!.index)}`,
      ]) {
        cold.clock.advance(10_000);
        const since = cold.requests().length;
        const { value } = await advanceUntilSettled(cold.clock, cold.context(ref, { query: "?deadline=5000" }));
        expect(value.body.match.state, ref).toBe("resolved");
        for (const platform of ["salesforce", "zendesk", "mixpanel"] as const) {
          const times = cold.requests(platform, since).map((r) => Date.parse(r.at));
          // A round starts when the previous one was answered.
          const rounds = times.length === 0 ? 0 : Math.round((Math.max(...times) - Math.min(...times)) / roundMs) + 1;
          expect(rounds, `${ref} at ${platform}`).toBeLessThanOrEqual(2);
        }
      }
    } finally {
      await cold.close();
    }
  });
});
