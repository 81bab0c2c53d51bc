import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

const flood = 300;

describe("a tenant whose reads flood the process", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness({ otherTenant: true });
  });
  afterAll(() => harness.close());

  it("does not delay the read of another tenant: it is answered before most of those that came first", async () => {
    const { tickets } = harness.lab.tenants["acme"]!.world.zendesk;
    const [globexRef] = harness.lab.tenants["globex"]!.examples.resolved;
    let answered = 0;
    // Each is of another ticket or has other sections, so that none is answered from memory.
    const queries = ["support", "account", "product"].flatMap((section) =>
      [...tickets.values()].map(({ id }) => ({ ref: `zendesk.ticket:${id}`, query: `?sections=${section}` })),
    );
    const reads = queries.slice(0, flood).map(async ({ ref, query }) => {
      const answer = await harness.context(ref, { query });
      answered += 1;
      return answer.status;
    });
    const { status } = await harness.context(globexRef!, { tenant: "globex" });
    expect([status, answered < flood / 10]).toEqual([200, true]);
    expect(await Promise.all(reads)).toEqual(Array.from({ length: flood }, () => 200));
  });
});
