import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

let house: House;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(() => house.close());

const digests = async (): Promise<string[]> =>
  await Promise.all([...house.runtime.tenants.values()].map(({ tenant }) => projectionDigest(tenant.log)));

describe("a restart", () => {
  it("fetches nothing again that was fresh, and answers the same", async () => {
    const refs = house.lab.tenants["acme"]!.examples.resolved;
    const before = await Promise.all(refs.map((ref) => house.context(ref)));
    const requests = house.requests().length;
    await house.restart();
    const after = await Promise.all(refs.map((ref) => house.context(ref)));
    expect(after.map((a) => a.body)).toEqual(before.map((a) => a.body));
    expect(after.every((a) => a.tier === "store")).toBe(true);
    expect(
      house
        .requests()
        .slice(requests)
        .map((r) => `${r.platform} ${r.path}`),
    ).toEqual([]);
  });

  it("goes on with an interrupted backfill where it stopped", async () => {
    const small = await openHouse({ pull: false, lab: { limits: { salesforce: { batchSize: 5 } } } });
    try {
      // Pages of the first query of contacts, each asked for by the one before.
      const pages = () => small.requests("salesforce").filter((r) => /query(All)?\/\w+-\d+/.test(r.path)).length;
      await small.restart({ wait: false });
      await until("some pages", () => pages() >= 8);
      await small.restart({ wait: false });
      const cut = pages();
      await until("the rest", () => {
        small.clock.advance(500);
        return small.runtime.isReady().ready;
      });
      const rest = pages() - cut;
      const whole = await openHouse({ lab: { limits: { salesforce: { batchSize: 5 } } } });
      const all = whole.requests("salesforce").filter((r) => /query(All)?\/\w+-\d+/.test(r.path)).length;
      await whole.close();
      expect(cut).toBeGreaterThanOrEqual(8);
      expect(rest).toBeLessThan(all);
      expect(cut + rest).toBeLessThan(all * 1.5);
    } finally {
      await small.close();
    }
  });
});

describe("the projections", () => {
  it("come out of a rebuild byte for byte as they were", async () => {
    const before = await digests();
    for (const tenant of house.runtime.tenants.keys()) await house.runtime.writer.send({ kind: "rebuild", tenant });
    expect(await digests()).toEqual(before);
  });

  it("differ between tenants, and change when a record does", async () => {
    const [acme, globex] = await digests();
    expect(acme).not.toBe(globex);
    const { log } = house.runtime.tenants.get("acme")!.tenant;
    await log.commit({
      records: [
        {
          ref: "zendesk.user:99999",
          platform: "zendesk",
          connection: "zendesk",
          object: "user",
          subject: "zendesk.user:99999",
          changedAt: house.clock.now(),
          observedAt: house.clock.now(),
          identifiers: [{ kind: "email", value: "new@example.com" }],
          edges: [],
          data: { kind: "person", name: "New", emails: ["new@example.com"], phones: [], title: null, optedOut: false },
        },
      ],
      correlationId: "test",
    });
    const [changed] = await digests();
    expect(changed).not.toBe(acme);
    await house.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect((await digests())[0]).toBe(changed);
  });
});

describe("the store at rest", () => {
  it("holds no personal value in the clear", async () => {
    const { readFile, readdir } = await import("node:fs/promises");
    const { join } = await import("node:path");
    const { world } = house.lab.tenants["acme"]!;
    const values = world.people.flatMap((p) => [p.email, `${p.first} ${p.last}`]).filter((v) => v.length > 8);
    const names = (await readdir(house.directory)).filter((n) => n.startsWith("sidelight.sqlite"));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const bytes = await readFile(join(house.directory, name));
      for (const value of values) expect(bytes.includes(value), `${value} in ${name}`).toBe(false);
    }
  });
});

describe("the log of the process", () => {
  it("names no personal value and no secret", async () => {
    const { world, salesforce, zendesk, mixpanel, examples } = house.lab.tenants["acme"]!;
    house.lab.faults.add({ platform: "zendesk", kind: "malformed", rate: 1, seed: 1 });
    for (const ref of [...examples.resolved, "email:nobody.at.all@example.com"])
      await house.context(ref, { query: "?deadline=400" });
    await house.ask("/v1/contexts", { method: "POST", body: { refs: examples.resolved } });
    const text = house.logged.join("\n");
    expect(text).not.toContain("nobody.at.all");
    for (const person of world.people) expect(text.includes(person.email), person.email).toBe(false);
    const secrets = [salesforce.credentials.clientSecret, zendesk.credentials.clientSecret, mixpanel.credentials.secret];
    for (const secret of [...secrets, house.keys["acme"]!.admin]) expect(text.includes(secret)).toBe(false);
  });
});
