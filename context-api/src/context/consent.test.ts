import { consentOf, type Purpose } from "@sidelight/model/purposes.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { openConsentChecks } from "./consent.ts";
import type { Tenant } from "./tenant.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const user = { kind: "person", canonicalId: (id: string) => id };
const platforms = new Map([["shop", { name: "shop", label: "Shop", objects: { user } }]]) as unknown as Tenant["platforms"];
const refs = Array.from({ length: 150 }, (_, n) => `shop.user:${n}`);

let versions = 0;
/** Every second person shares an address with the next one. */
function person(n: number, withdrawn: Purpose[] = []): RecordInput {
  const ref = `shop.user:${n}`;
  const version = ++versions;
  const email = `p${Math.floor(n / 2)}@example.com`;
  return {
    ...{
      ref,
      subject: ref,
      platform: "shop",
      connection: "shop",
      object: "user",
      changedAt: version,
      observedAt: version,
      edges: [],
    },
    identifiers: [{ kind: "email", value: email }],
    data: {
      ...{ kind: "person", name: null, emails: [email], phones: [], title: null },
      ...consentOf(withdrawn),
    },
  };
}

describe("consent", () => {
  it("that was read for many people together is that of each person read alone", async () => {
    const log = await logs.newLog();
    await log.commit({ records: refs.map((_, n) => person(n, n % 7 === 0 ? ["marketing"] : [])), correlationId: "test" });
    const tenant = { log, platforms } as Tenant;
    const [together, alone] = [openConsentChecks(tenant), openConsentChecks(tenant)];
    await together.prefetchConsent([...refs, ...refs, "shop.user:unknown", "not a ref"]);
    const answers = await Promise.all(refs.map((ref) => together.withdrawalOf(ref, null)));
    for (const [n, ref] of refs.entries()) expect([ref, answers[n]]).toEqual([ref, await alone.withdrawalOf(ref, null)]);
    expect(answers.filter((withdrawal) => withdrawal !== null).length).toBeGreaterThan(20);
  });

  it("that is withdrawn after it was read counts at the next check", async () => {
    const log = await logs.newLog();
    await log.commit({ records: [person(1), person(4)], correlationId: "test" });
    const { withdrawalOf, prefetchConsent } = openConsentChecks({ log, platforms } as Tenant);
    await prefetchConsent(["shop.user:1", "shop.user:4"]);
    expect(await withdrawalOf("shop.user:1", null)).toBeNull();
    await log.commit({ records: [person(1, ["marketing"])], correlationId: "test" });
    expect(await withdrawalOf("shop.user:1", null)).toEqual({ purpose: null, platform: "Shop" });
    expect(await withdrawalOf("shop.user:4", null)).toBeNull();
  });
});
