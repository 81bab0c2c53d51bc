import type { Identifier, RecordInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openReader } from "../reader.ts";
import { projectionDigest } from "../replay/digest.ts";
import { type Logs, openLogs } from "../testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const company = {
  kind: "company" as const,
  name: null,
  domains: [],
  owner: null,
  arr: null,
  plan: null,
  stage: null,
  renewalDate: null,
  nextStep: null,
  notMapped: [],
};

function record(ref: string, identifiers: Identifier[], changes: Partial<RecordInput> = {}): RecordInput {
  const { platform, object } = splitRef(ref);
  return {
    ref,
    platform,
    connection: platform,
    object,
    subject: ref,
    changedAt: 1,
    observedAt: 1,
    identifiers,
    edges: [],
    data: company,
    ...changes,
  };
}

const crmId = (value: string): Identifier => ({ kind: "crm_id", value });
const [loser, successor, organization] = ["salesforce.account:1", "salesforce.account:2", "zendesk.organization:3"] as const;
const merged = (identifiers: Identifier[]) =>
  record(loser, identifiers, { changedAt: 2, deleted: true, edges: [{ rel: "merged_into", to: successor }] });

describe("a record that was merged into another one", () => {
  const versions = [
    record(loser, [crmId("1"), { kind: "domain", value: "old.example" }]),
    record(successor, [crmId("2"), { kind: "domain", value: "new.example" }]),
    record(organization, [crmId("1")]),
    merged([crmId("1"), crmId("2")]),
  ];

  it("names its successor with its id, in whatever order the records arrive, and after a rebuild", async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(versions, { minLength: versions.length }), async (arrivals) => {
        const log = await logs.newLog();
        for (const arrival of arrivals) await log.commit({ records: [arrival], correlationId: "test" });
        const reader = openReader(log);
        const node = await reader.nodeOf(log.key(successor));
        expect(await reader.nodeOf(log.key(organization))).toBe(node);
        const members = await reader.membersOf(node!);
        const refs = (await reader.records(members.map(({ key }) => key))).map(({ ref }) => ref);
        expect(refs.sort()).toEqual([successor, organization]);
        expect(await reader.holders("domain", "old.example")).toEqual([]);
        const digest = await projectionDigest(log);
        await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
        expect(await projectionDigest(log)).toBe(digest);
      }),
      { numRuns: 24 },
    );
  });

  it("names nothing when it was deleted without a successor, or when its deletion does not contain the id of its successor", async () => {
    for (const deletion of [merged([crmId("1")]), record(loser, [crmId("1"), crmId("2")], { changedAt: 2, deleted: true })]) {
      const log = await logs.newLog();
      await log.commit({ records: [...versions.slice(0, 3), deletion], correlationId: "test" });
      const reader = openReader(log);
      expect(await reader.nodeOf(log.key(organization))).not.toBe(await reader.nodeOf(log.key(successor)));
      expect(await reader.nodeOf(log.key(loser))).toBeNull();
    }
  });
});
