import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RoleName } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const read = async (role: RoleName = "admin"): Promise<Overview> => (await harness.request("/v1/overview", { role })).body;
const row = async (id: string) => (await read()).connections.find((connection) => connection.id === id)!;
const act = (id: string, action: string) => harness.request(`/v1/connections/${id}/${action}`, { method: "POST" });
const idOf = (platform: string): string =>
  harness.runtime.tenants.get("acme")!.tenant.connections.find((connection) => connection.platform.name === platform)!.id;

/** The overviews of a stream, newest last. */
async function openStream(): Promise<{ overviews: Overview[]; close(): Promise<void> }> {
  const headers = { authorization: `Bearer ${harness.keys["acme"]!.admin}` };
  const response = await harness.app.request("/v1/overview/stream", { headers });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const overviews: Overview[] = [];
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (/^event: overview$/m.test(event) && data !== undefined) overviews.push(JSON.parse(data));
      }
    }
  })().catch(() => {});
  return {
    overviews,
    async close() {
      await reader.cancel();
      await reading;
    },
  };
}

describe("the overview", () => {
  it("says that everything works, in one sentence and a row for each connection", async () => {
    const overview = await read();
    expect(overview.sentence).toMatch(/^All \d platforms healthy; no panel was open in the last hour$/);
    for (const { state, nextAction, problem } of overview.connections)
      expect([state, nextAction, problem]).toEqual(["ok", null, null]);
    const zendesk = await row(idOf("zendesk"));
    expect(Date.parse(zendesk.staleFrom ?? "")).toBeGreaterThan(Date.parse(zendesk.oldestDataAt ?? ""));
    expect(zendesk.quota?.remaining).toBeGreaterThan(0);
    expect(overview.waiting).toEqual({ deadLetters: 0, quarantined: 0, withheld: 0, projectionFailures: 0 });
    expect(overview.configuration).toMatchObject({ origin: "start", previous: null, changes: [] });
    expect((await harness.request("/v1/overview", { role: "agent" })).status).toBe(403);
  });

  it("counts what panels showed, and a first paint once", async () => {
    const { resolved, ambiguous } = harness.lab.tenants["acme"]!.examples;
    for (const header of ["zendesk;paint=412", "zendesk", "zendesk"])
      await harness.context(resolved[0]!, { role: "agent", headers: { "x-sidelight-panel": header } });
    await harness.context(ambiguous[0]!, { headers: { "x-sidelight-panel": "salesforce" } });
    await harness.context(resolved[1]!);
    const { hour, day } = (await read()).panels;
    expect(hour).toMatchObject({ answers: 4, stale: 0, ambiguous: 1, unmatched: 0, failed: 0 });
    expect(hour.firstPaint).toEqual({ panels: 1, medianMs: 500, p95Ms: 500 });
    await harness.restart();
    expect((await read()).panels.hour.answers).toBe(4);
    expect(day.answers).toBeLessThanOrEqual(4);
  });

  it("names a platform that does not answer while a console watches, what is still shown, and what to do", async () => {
    const id = idOf("mixpanel");
    const stream = await openStream();
    const newest = () => stream.overviews.at(-1)?.connections.find((connection) => connection.id === id);
    await advanceUntil(harness.clock, 20, "the first probe", () => newest()?.probe?.isWorking === true);
    harness.lab.faults.add({ platform: "mixpanel", kind: "error", status: 503, rate: 1, seed: 1 });
    const brokenAt = harness.clock.now();
    await advanceUntil(harness.clock, 100, "the failure", () => newest()?.state === "failing");
    expect(harness.clock.now() - brokenAt).toBeLessThanOrEqual(10_000);
    expect(newest()).toMatchObject({ state: "failing", nextAction: { action: "probe" }, oldestDataAt: expect.any(String) });
    expect(newest()?.problem).toMatch(/\w/);
    expect(stream.overviews.at(-1)?.sentence).toMatch(/^\d of \d platforms healthy;/);
    harness.lab.faults.clear();
    await advanceUntil(harness.clock, 200, "the recovery", () => newest()?.state === "ok");
    await stream.close();
  });
});

describe("a paused connection", () => {
  it("is not called, also after a restart, until it is resumed", async () => {
    const id = idOf("zendesk");
    expect((await act(id, "pause")).body.summary).toMatch(/^Paused/);
    await harness.restart({ wait: false });
    expect(await row(id)).toMatchObject({ state: "paused", nextAction: { action: "resume" } });
    const since = harness.requests().length;
    harness.clock.advance(10 * 60_000);
    await advanceUntil(harness.clock, 30, "pulls of the others", () => harness.requests("salesforce", since).length > 0);
    const requests = () => harness.requests(undefined, since).filter(({ platform }) => platform === "zendesk").length;
    expect(requests()).toBe(0);
    const ref = harness.lab.tenants["acme"]!.examples.resolved.find((example) => example.startsWith("zendesk"))!;
    expect((await harness.context(ref)).body.match.state).toBe("resolved");
    expect((await act(id, "probe")).status).toBe(409);
    expect((await act(id, "resume")).body).toMatchObject({ isWorking: true });
    expect(requests()).toBeGreaterThan(0);
    expect((await row(id)).state).not.toBe("paused");
    const { body } = await harness.request("/v1/audit?limit=50");
    const verbs = body.items.map(({ verb }: { verb: string }) => verb);
    expect(verbs).toEqual(expect.arrayContaining(["connections.pause", "connections.resume"]));
  });

  it("reads its secrets again, and says what came of it", async () => {
    const { body } = await act(idOf("salesforce"), "reread-secret");
    expect(body).toMatchObject({ isWorking: true, summary: expect.stringMatching(/^Read again: .* answered in \d+ ms\.$/) });
    expect((await act(idOf("salesforce"), "pull")).body.summary).toMatch(/^\d+ streams are pulled now\.$/);
    expect([(await act("nonsense", "probe")).status, (await act(idOf("zendesk"), "burn")).status]).toEqual([404, 400]);
  });
});
