import { readFileSync } from "node:fs";
import { type InputRecord, inputRecord } from "@sidelight/context-api/identity/matching/inputRecord.ts";
import { matchRecords } from "@sidelight/context-api/identity/matching/matchRecords.ts";
import { suggestCompanies } from "@sidelight/context-api/identity/matching/suggestCompanies.ts";
import { suggestPairs } from "@sidelight/context-api/identity/matching/suggestPairs.ts";
import { openReader } from "@sidelight/context-api/log/reader.ts";
import { type Logs, openLogs } from "@sidelight/context-api/log/testLogs.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as builders from "../harness/situationRecords.ts";

// The 41 situations of test/fixtures/identity: from the platforms' own records to customers and suggestions. What belongs together is
// one customer or suggested, and what does not is never one customer, neither by the projector nor by the model.
let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

interface Situation {
  title: string;
  kind: "person" | "company";
  records: string;
  right: string;
}
const file = new URL("../fixtures/identity/situations.json", import.meta.url);
const situations: Situation[] = JSON.parse(readFileSync(file, "utf8"));

/** `[Z({ email: "ann@acme.com" }), M("u1", {})]` */
const recordsOf = (text: string): RecordInput[] =>
  new Function(...Object.keys(builders), `return ${text}`)(...Object.values(builders));

const groupsOf = (right: string): number[][] =>
  [...right.matchAll(/\{([\d,]+)\}/g)].map(([, members = ""]) => members.split(",").map(Number));

function inputOf({ ref, platform, data, identifiers }: RecordInput): InputRecord {
  if (data.kind !== "person") throw new Error("the record is no person");
  const { name, emails, phones, company } = data;
  const externalIds = Object.fromEntries(identifiers.map(({ kind, value }) => [kind, value]));
  const { product_user = null, crm_id = null } = externalIds;
  return inputRecord.parse({ id: ref, platform, name, emails, phones, company, externalIds: { product_user, crm_id } });
}

/** Pairs of records that the model suggests, and those that it would join. */
function proposals(
  records: readonly RecordInput[],
  nodeOf: (index: number) => string,
): { suggested: number[][]; linked: number[][] } {
  if (records.some(({ data }) => data.kind === "company")) {
    const companies = records.map(({ data }) => (data.kind === "company" ? data : { name: null, domains: [] }));
    return { suggested: suggestCompanies(companies, nodeOf).map(({ a, b }) => [a, b]), linked: [] };
  }
  const result = matchRecords(records.map(inputOf));
  const { clusterOf } = result.clustering;
  const pairs = [...clusterOf.keys()].flatMap((a) => [...clusterOf.keys()].slice(a + 1).map((b) => [a, b]));
  return {
    suggested: suggestPairs(result, nodeOf).map(({ a, b }) => [a, b]),
    linked: pairs.filter(([a = 0, b = 0]) => clusterOf[a] === clusterOf[b]),
  };
}

describe("records of the situations", () => {
  it.each(situations)("$title: $right", async ({ records: text, right }) => {
    const records = recordsOf(text);
    const log = await logs.newLog();
    for (const record of records) await log.commit({ records: [record], correlationId: "test" });
    const nodes = await openReader(log).nodesOf(records.map(({ ref }) => log.key(ref)));
    const nodeOf = (index: number): string => nodes.get(log.key(records[index]?.ref ?? "")) ?? String(index);
    const { suggested, linked } = proposals(records, nodeOf);
    const isIn = (pairs: number[][], a: number, b: number): boolean =>
      pairs.some(([x = 0, y = 0]) =>
        [`${nodeOf(a)} ${nodeOf(b)}`, `${nodeOf(b)} ${nodeOf(a)}`].includes(`${nodeOf(x)} ${nodeOf(y)}`),
      );
    const groups = groupsOf(right);
    const groupOf = (index: number): number => groups.findIndex((group) => group.includes(index));
    for (let a = 0; a < records.length; a++) {
      for (let b = a + 1; b < records.length; b++) {
        const isOne = nodeOf(a) === nodeOf(b);
        if (groupOf(a) === groupOf(b)) expect(isOne || isIn(suggested, a, b), `${a} and ${b} are one customer`).toBe(true);
        else expect(isOne || isIn(linked, a, b), `${a} and ${b} are two customers`).toBe(false);
      }
    }
  });
});
