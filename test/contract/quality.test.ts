import { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const example = () => harness.lab.tenants["acme"]!.examples.resolved[0]!;
const day = 86_400_000;

describe("GET /v1/quality", () => {
  it("measures all customers, names what to do next, and gives examples that can be opened", async () => {
    const { status, body } = await harness.request("/v1/quality");
    expect(status).toBe(200);
    const quality = Quality.parse(body);
    expect(quality.counts.people).toBeGreaterThan(10);
    expect(quality.counts.companies).toBeGreaterThan(1);
    expect(quality.score).toBeGreaterThan(0);
    expect(quality.comparedWith).toBeNull();
    expect(quality.problems.length).toBeGreaterThan(0);
    for (const { nextAction, count, share } of quality.problems) {
      expect(nextAction).toMatch(/\w/);
      expect(count).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    const [ref] = quality.problems.flatMap(({ examples }) => examples);
    expect((await harness.request(`/v1/quality?ref=${encodeURIComponent(ref!)}`)).status).toBe(200);
  });

  it("asks no platform", async () => {
    const calls = harness.requests().length;
    await harness.request("/v1/quality");
    await harness.request(`/v1/quality?ref=${encodeURIComponent(example())}`);
    expect(harness.requests()).toHaveLength(calls);
  });

  it("shows the records of one customer, with values masked for a role that may not see them", async () => {
    const path = `/v1/quality?ref=${encodeURIComponent(example())}`;
    const quality = CustomerQuality.parse((await harness.request(path)).body);
    expect(quality.records.length).toBeGreaterThan(0);
    expect(quality.records.every(({ filled }) => filled.length > 0)).toBe(true);
    expect((await harness.request(path, { role: "agent" })).status).toBe(403);
  });

  it.each([
    ["email:nobody-here@nowhere.example", 404],
    ["not a ref", 400],
  ])("answers a problem for a ref without a customer: %s", async (ref, status) => {
    const answer = await harness.request(`/v1/quality?ref=${encodeURIComponent(ref)}`);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain("nobody-here");
  });
});

describe("GET /v1/quality/report", () => {
  it("compares with the measurement of a week before, as JSON and as a page without scripts", async () => {
    await harness.request("/v1/quality");
    const first = QualityReport.parse((await harness.request("/v1/quality/report")).body);
    expect(first).toMatchObject({ from: null, better: [], worse: [] });
    const start = harness.clock.now();
    await advanceUntil(harness.clock, day / 2, "a week", async () => harness.clock.now() > start + 8 * day);
    const report = QualityReport.parse((await harness.request("/v1/quality/report")).body);
    expect(report.from).not.toBeNull();
    const page = await harness.request("/v1/quality/report?format=html");
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  });
});
