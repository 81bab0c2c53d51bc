import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterEach(() => harness.close());

const digests = async (): Promise<string[]> =>
  await Promise.all([...harness.runtime.tenants.values()].map(({ tenant }) => projectionDigest(tenant.log)));

describe("a restart", () => {
  it("fetches no fresh data again and gives the same answers", async () => {
    const refs = harness.lab.tenants["acme"]!.examples.resolved;
    const previousAnswers = await Promise.all(refs.map((ref) => harness.context(ref)));
    const requestCount = harness.requests().length;
    await harness.restart();
    const answers = await Promise.all(refs.map((ref) => harness.context(ref)));
    expect(answers.map((a) => a.body)).toEqual(previousAnswers.map((a) => a.body));
    expect(answers.every((a) => a.tier === "store")).toBe(true);
    expect(
      harness
        .requests()
        .slice(requestCount)
        .map((r) => `${r.platform} ${r.path}`),
    ).toEqual([]);
  });

  it("continues an interrupted backfill at its checkpoint", async () => {
    const small = await openHarness({ pull: false, lab: { limits: { salesforce: { batchSize: 5 } } } });
    try {
      // Follow-up pages of queries.
      const pages = () => small.requests("salesforce").filter((r) => /query(All)?\/\w+-\d+/.test(r.path)).length;
      await small.restart({ wait: false });
      await until("eight pages", () => pages() >= 8);
      await small.restart({ wait: false });
      const pagesBeforeCut = pages();
      await advanceUntil(small.clock, 500, "the end of the backfill", () => small.runtime.isReady().ready);
      const pagesAfterCut = pages() - pagesBeforeCut;
      const fullRun = await openHarness({ lab: { limits: { salesforce: { batchSize: 5 } } } });
      const pagesWithoutCut = fullRun.requests("salesforce").filter((r) => /query(All)?\/\w+-\d+/.test(r.path)).length;
      await fullRun.close();
      expect(pagesBeforeCut).toBeGreaterThanOrEqual(8);
      expect(pagesAfterCut).toBeLessThan(pagesWithoutCut);
      expect(pagesBeforeCut + pagesAfterCut).toBeLessThan(pagesWithoutCut * 1.5);
    } finally {
      await small.close();
    }
  });
});

describe("the projections", () => {
  it("are equal byte for byte after a rebuild", async () => {
    const previousDigests = await digests();
    for (const tenant of harness.runtime.tenants.keys()) await harness.runtime.writer.send({ kind: "rebuild", tenant });
    expect(await digests()).toEqual(previousDigests);
  });

  it("differ between tenants and change with a record", async () => {
    const [acme, globex] = await digests();
    expect(acme).not.toBe(globex);
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    await log.commit({
      records: [
        {
          ref: "zendesk.user:99999",
          platform: "zendesk",
          connection: "zendesk",
          object: "user",
          subject: "zendesk.user:99999",
          changedAt: harness.clock.now(),
          observedAt: harness.clock.now(),
          identifiers: [{ kind: "email", value: "new@example.com" }],
          edges: [],
          data: { kind: "person", name: "New", emails: ["new@example.com"], phones: [], title: null, optedOut: false },
        },
      ],
      correlationId: "test",
    });
    const [changedDigest] = await digests();
    expect(changedDigest).not.toBe(acme);
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect((await digests())[0]).toBe(changedDigest);
  });
});

describe("the log of the process", () => {
  it("contains no personal value and no secret", async () => {
    const { world, salesforce, zendesk, mixpanel, examples } = harness.lab.tenants["acme"]!;
    harness.lab.faults.add({ platform: "zendesk", kind: "malformed", rate: 1, seed: 1 });
    for (const ref of [...examples.resolved, "email:nobody.at.all@example.com"])
      await harness.context(ref, { query: "?deadline=400" });
    await harness.request("/v1/contexts", { method: "POST", body: { refs: examples.resolved } });
    const text = harness.logged.join("\n");
    expect(text).not.toContain("nobody.at.all");
    for (const person of world.people) expect(text.includes(person.email), person.email).toBe(false);
    const secrets = [salesforce.credentials.clientSecret, zendesk.credentials.clientSecret, mixpanel.credentials.secret];
    for (const secret of [...secrets, harness.keys["acme"]!.admin]) expect(text.includes(secret)).toBe(false);
  });
});
