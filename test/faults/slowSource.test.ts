import type { WriterClient } from "@sidelight/context-api/log/writer/client.ts";
import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

const deadlineMs = 900;

let harness: Harness;
/** The writer works as usual again. */
let restoreWriter = (): void => {};
afterEach(async () => {
  restoreWriter();
  // What is written at the end waits for no clock.
  await advanceUntilSettled(harness.clock, harness.close());
});

const demoPerson = () => {
  const { world } = harness.lab.tenants["acme"]!;
  return world.people.find((p) => p.tags.includes("demo") && p.zendesk && p.salesforce && p.mixpanel)!;
};

describe("a source that answers just before the deadline", () => {
  it("uses up the time of the next round: the sources that had no time are pending, and not named as late", async () => {
    harness = await openHarness({ pull: false });
    const { world } = harness.lab.tenants["acme"]!;
    const person = demoPerson();
    const ticket = [...world.zendesk.tickets.values()].find((t) => t.requester_id === world.ids.zendesk.user(person.index))!;
    // Only the ticket names its requester, so the others are searched after Zendesk has answered.
    harness.lab.faults.add({ platform: "zendesk", kind: "latency", ms: 250, rate: 1, seed: 1 });
    harness.lab.faults.add({ platform: "salesforce", kind: "latency", ms: 600, rate: 1, seed: 1 });
    const { value, ms } = await advanceUntilSettled(harness.clock, harness.context(`zendesk.ticket:${ticket.id}`));
    expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
    expect(value.body.match.state).toBe("resolved");
    const { account } = value.body.sections;
    if (account!.problem) expect(account!.problem).toMatchObject({ code: "timeout" });
    harness.lab.faults.clear();
    harness.clock.advance(5_000);
    const { value: later } = await advanceUntilSettled(harness.clock, harness.context(`zendesk.ticket:${ticket.id}`));
    for (const name of ["account", "support", "product"] as const)
      expect(later.body.sections[name], name).toMatchObject({ state: "ok", problem: null });
  });
});

describe("one silent platform", () => {
  it("makes no other source late or stale, for many readers at the same time", async () => {
    harness = await openHarness({ pull: false });
    const { world } = harness.lab.tenants["acme"]!;
    const refs = world.people
      .filter((p) => p.salesforce && p.zendesk && p.tags.length <= 2)
      .slice(0, 12)
      .map((p) => `email:${p.email}`);
    harness.lab.faults.add({ platform: "zendesk", kind: "timeout", rate: 1, seed: 1 });
    const { value: answers, ms } = await advanceUntilSettled(harness.clock, Promise.all(refs.map((ref) => harness.context(ref))));
    expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
    for (const [i, { status, body }] of answers.entries()) {
      expect([refs[i], status, body.match.state]).toEqual([refs[i], 200, "resolved"]);
      expect(body.sections.account, refs[i]!).toMatchObject({ state: "ok", problem: null });
    }
  });
});

describe("a store that writes slowly", () => {
  const slowDown = (writer: WriterClient, ms: number): void => {
    const send = writer.send.bind(writer);
    restoreWriter = () => {
      writer.send = send;
    };
    writer.send = async (request) => {
      await harness.clock.sleep(ms);
      return await send(request);
    };
  };

  it("delays no answer beyond its deadline, and no platform is blamed for it", async () => {
    harness = await openHarness({ pull: false });
    slowDown(harness.runtime.writer, 5_000);
    const { value, ms } = await advanceUntilSettled(harness.clock, harness.context(`email:${demoPerson().email}`));
    expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
    expect(value.status).toBe(200);
    expect(value.body.match.partial).toBe(true);
    for (const section of Object.values(value.body.sections)) expect(section?.problem ?? null).toBeNull();
    const { body } = (await advanceUntilSettled(harness.clock, harness.request("/v1/connections"))).value;
    for (const { id, state, problem } of body.items)
      expect([id, state, problem]).toEqual([id, expect.not.stringMatching(/failing/), null]);
  });

  it("leaves stored values as they are", async () => {
    harness = await openHarness();
    harness.clock.advance(2_000);
    const ref = `email:${demoPerson().email}`;
    await harness.context(ref);
    slowDown(harness.runtime.writer, 5_000);
    const { value, ms } = await advanceUntilSettled(
      harness.clock,
      harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
    );
    expect(ms).toBeLessThanOrEqual(deadlineMs + 100);
    for (const name of ["account", "support", "product"])
      expect(value.body.sections[name], name).toMatchObject({ state: "ok", problem: null });
  });
});

describe("a store that cannot be written", () => {
  it("leaves reads of stored customers as they are", async () => {
    harness = await openHarness();
    harness.clock.advance(2_000);
    const ref = `email:${demoPerson().email}`;
    await harness.context(ref);
    await harness.runtime.writer.close();
    const { value } = await advanceUntilSettled(
      harness.clock,
      harness.request(`/v1/context/${encodeURIComponent(ref)}/refresh`, { method: "POST" }),
    );
    expect(value.status).toBe(200);
    for (const name of ["account", "support", "product"])
      expect(value.body.sections[name], name).toMatchObject({ state: "ok", problem: null });
  });
});
