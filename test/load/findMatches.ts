import type { InputRecord } from "@sidelight/context-api/identity/matching/inputRecord.ts";
import { shippedModel } from "@sidelight/context-api/identity/matching/model.ts";
import { findMatches } from "@sidelight/context-api/linking/findMatches.ts";
import { openLogs } from "@sidelight/context-api/log/testLogs.ts";
import { createIdentifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { generate } from "./identity.ts";

const recordsOfCommit = 500;
const checks = 2_000;
/** Checks before those that are measured: V8 compiles the code in them. */
const warmUpChecks = 300;
const config = { defaultCountry: null, freeMailDomains: [] };
const identifiers = createIdentifiers(config);

function stored({ id, name, emails, phones, company }: InputRecord): RecordInput {
  const ref = `salesforce.lead:${id}`;
  const values = identifiers.ofPerson({ emails, phones, distinct: { name, ref } });
  return {
    ...{
      ref,
      platform: "salesforce",
      connection: "salesforce",
      object: "lead",
      subject: ref,
      changedAt: 1,
      observedAt: 1,
      edges: [],
    },
    identifiers: values.identifiers,
    data: { kind: "person", name, emails: values.emails, phones: values.phones, title: null, optedOut: false, company },
  };
}

/** How long the check of one new record takes, against 100,000 records in the store. */
export async function newRecord(): Promise<void> {
  const logs = await openLogs();
  const log = await logs.newLog();
  const records = generate();
  for (let first = 0; first < records.length; first += recordsOfCommit)
    await log.commit({ records: records.slice(first, first + recordsOfCommit).map(stored), correlationId: "bench" });
  const times: number[] = [];
  for (const record of records.slice(0, warmUpChecks + checks)) {
    const start = performance.now();
    await findMatches({ log, config, model: shippedModel }, [{ record: { ...record, id: "new" }, about: null }]);
    times.push(performance.now() - start);
  }
  times.splice(0, warmUpChecks);
  times.sort((a, b) => a - b);
  const percentile = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
  console.log(`one new record against ${records.length}: median ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`);
  await logs.close();
}
