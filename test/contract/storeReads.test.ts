import { loadRecords } from "@sidelight/context-api/context/loadRecords.ts";
import { recordRank } from "@sidelight/context-api/context/recordRank.ts";
import { resolve } from "@sidelight/context-api/context/resolve.ts";
import { openReader, type ReaderOptions } from "@sidelight/context-api/log/reader.ts";
import { openSnapshotReader } from "@sidelight/context-api/log/snapshotReader.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const tenant = () => harness.runtime.tenants.get("acme")!.tenant;

/** Every person, ticket and account, and addresses that are shared, unknown or ambiguous. */
function refs(): string[] {
  const { world, examples } = harness.lab.tenants["acme"]!;
  return [
    ...Object.values(examples).flat(),
    ...world.people.map(({ email }) => `email:${email}`),
    ...[...world.zendesk.tickets.values()].map(({ id }) => `zendesk.ticket:${id}`),
    ...[0, 1, 2, 3].map((company) => `salesforce.account:${world.ids.salesforce.account(company)}`),
  ];
}

/** The customer of a ref with all its records, and what was read for it. */
async function read(open: typeof openReader, ref: string, at: number | null) {
  const { log, platforms } = tenant();
  const parsed = parseRef(ref, platforms);
  if ("problem" in parsed) throw new Error(parsed.problem);
  const dependencies = new Set<string>();
  const onRead = (dependency: string) => void dependencies.add(dependency);
  const options: ReaderOptions = at === null ? { onRead } : { onRead, at };
  const reader = open(log, options);
  const resolution = await resolve(reader, parsed);
  const customers =
    resolution.state === "resolved"
      ? [resolution]
      : resolution.state === "ambiguous"
        ? resolution.nodes.map((node) => ({ kind: resolution.kind, node }))
        : [];
  const records = [];
  for (const customer of customers) records.push(await loadRecords(reader, customer, recordRank(tenant())));
  return { resolution, records, dependencies };
}

describe("a customer that is read from the store with joined queries", () => {
  it("is the same as with one query after another, now and at each moment of the log", async () => {
    const head = tenant().log.head();
    const moment = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: head }));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...refs()), moment, async (ref, at) => {
        const [joined, expected] = [await read(openSnapshotReader, ref, at), await read(openReader, ref, at)];
        expect(joined.resolution).toEqual(expected.resolution);
        expect(joined.records).toEqual(expected.records);
        // An answer that lacked a dependency would stay in memory after a change of it.
        expect([...expected.dependencies].filter((dependency) => !joined.dependencies.has(dependency))).toEqual([]);
      }),
      { numRuns: 80 },
    );
  });
});
