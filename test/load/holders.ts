import { type Logs, openLogs } from "@sidelight/context-api/log/testLogs.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { A, M, O, S, Z } from "../harness/situationRecords.ts";

const size = 5_000;
const recordsOfCommit = 50;
/** Cases are compared in pairs with the records of their own values, in turn, so that a busy machine slows both. */
const rounds = 3;

const givenNames = ["Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ivo", "Jana"];
const nameOf = (i: number): string => `${givenNames[i % givenNames.length]} Family${"abcdefghij"[Math.floor(i / 10) % 10]}${i}`;

const contact = (i: number, email: string): RecordInput => S({ Name: nameOf(i), Email: email });

/** What one value that many records hold costs, beside as many records of the same kind with values of their own. */
const cases: Record<string, { own: (i: number) => RecordInput; held: (i: number) => RecordInput }> = {
  "a placeholder (noreply@)": { own: (i) => contact(i, `p${i}@acme.com`), held: (i) => contact(i, "noreply@acme.com") },
  "the address of a function (billing@)": {
    own: (i) => contact(i, `p${i}@acme.com`),
    held: (i) => contact(i, "billing@acme.com"),
  },
  "one address, different names": { own: (i) => contact(i, `p${i}@acme.com`), held: (i) => contact(i, "box@acme.com") },
  "one address, one name": {
    own: (i) => contact(i, `p${i}@acme.com`),
    held: () => S({ Name: "Ann Lee", Email: "ann.lee@acme.com" }),
  },
  "one address, no names": { own: (i) => Z({ email: `p${i}@acme.com` }), held: () => Z({ email: "box@acme.com" }) },
  "one phone number": {
    own: (i) => S({ Name: nameOf(i), Phone: `+1415555${1_000 + i}` }),
    held: (i) => S({ Name: nameOf(i), Phone: "+14155550100" }),
  },
  "one product id": {
    own: (i) => Z({ name: nameOf(i), email: `p${i}@acme.com`, external_id: `user-${i}` }),
    held: (i) => Z({ name: nameOf(i), email: `p${i}@acme.com`, external_id: "kiosk-7" }),
  },
  "one web domain, different companies": {
    own: (i) => O({ name: nameOf(i), domain_names: [`d${i}.com`] }),
    held: (i) => O({ name: nameOf(i), domain_names: ["acme.com"] }),
  },
  "one web domain, one company name": {
    own: (i) => A({ Name: nameOf(i), Website: `d${i}.com` }),
    held: () => A({ Name: "Acme", Website: "acme.com" }),
  },
  "one profile name": {
    own: (i) => M(`u${i}`, { $name: nameOf(i), $email: `p${i}@acme.com` }),
    held: (i) => M(`u${i}`, { $name: "Ann Lee", $email: `p${i}@acme.com` }),
  },
};

/** Processor time of all threads to append and project the records, in seconds. */
async function ingest(logs: Logs, recordOf: (i: number) => RecordInput): Promise<number> {
  const records = Array.from({ length: size }, (_, i) => recordOf(i));
  const log = await logs.newLog();
  const start = process.cpuUsage();
  for (let first = 0; first < size; first += recordsOfCommit)
    await log.commit({ records: records.slice(first, first + recordsOfCommit), correlationId: "bench" });
  await log.whenProjected();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Ingest of 5,000 records that hold one value, beside 5,000 with their own. */
export async function holders(): Promise<void> {
  const logs = await openLogs();
  for (const [label, { own, held }] of Object.entries(cases)) {
    const pairs: [number, number][] = [];
    for (let round = 0; round < rounds; round++) pairs.push([await ingest(logs, own), await ingest(logs, held)]);
    const ratio = median(pairs.map(([ownSeconds, heldSeconds]) => heldSeconds / ownSeconds));
    const [ownMs, heldMs] = [0, 1].map((side) => (median(pairs.map((pair) => pair[side] ?? 0)) * 1_000) / size);
    console.log(`${size} holders of ${label}: ${ratio.toFixed(2)} (${heldMs?.toFixed(2)} and ${ownMs?.toFixed(2)} ms a record)`);
  }
  await logs.close();
}
