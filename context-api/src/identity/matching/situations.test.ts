import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type InputRecord, inputRecord } from "./inputRecord.ts";
import { matchRecords } from "./matchRecords.ts";
import { suggestPairs } from "./suggestPairs.ts";

interface Situation {
  title: string;
  kind: "person" | "company";
  records: string;
  right: string;
}

const folder = new URL("../../../../test/fixtures/identity/", import.meta.url);
const situations: Situation[] = JSON.parse(readFileSync(new URL("situations.json", folder), "utf8"));
const people = situations.filter(({ kind }) => kind === "person");

type Fields = Record<string, string | string[] | null>;

/** The records of a situation, which are written as calls: `[Z({ email: "ann@acme.com" }), M("u1", {})]`. */
function recordsOf(text: string): InputRecord[] {
  let count = 0;
  const record = (platform: string, values: object) => inputRecord.parse({ id: String(count++), platform, ...values });
  const builders = {
    Z: ({ identities = [], external_id, name, email, phone }: Fields) =>
      record("zendesk", {
        name,
        emails: [email ?? null, ...[identities].flat()],
        phones: phone,
        externalIds: { user: external_id ?? null },
      }),
    S: ({ Name, Email, Phone, Secondary_Email__c }: Fields) =>
      record("salesforce", { name: Name, emails: [Email ?? null, Secondary_Email__c ?? null], phones: Phone }),
    L: ({ Name, Email, Company }: Fields) => record("salesforce", { name: Name, emails: Email, company: Company }),
    M: (id: string, { $email, $name }: Fields) => record("mixpanel", { name: $name, emails: $email, externalIds: { user: id } }),
  };
  const create = new Function(...Object.keys(builders), "acc1", "acc2", `return ${text}`);
  return create(...Object.values(builders), "0015g0000000AbC", "0015g0000000XyZ");
}

const groupsOf = (right: string): number[][] =>
  [...right.matchAll(/\{([\d,]+)\}/g)].map(([, members = ""]) => members.split(",").map(Number));

describe("people of two systems", () => {
  it.each(people)(
    "are never joined automatically when they are two, and linked or suggested when they are one: $title",
    ({ records, right }) => {
      const result = matchRecords(recordsOf(records));
      const { clusterOf } = result.clustering;
      const groups = groupsOf(right);
      const groupOf = (index: number): number => groups.findIndex((group) => group.includes(index));
      const suggested = suggestPairs(result).map(({ a, b }) => `${clusterOf[a]} ${clusterOf[b]}`);
      for (let a = 0; a < clusterOf.length; a++) {
        for (let b = a + 1; b < clusterOf.length; b++) {
          const isLinked = clusterOf[a] === clusterOf[b];
          const isSuggested = [`${clusterOf[a]} ${clusterOf[b]}`, `${clusterOf[b]} ${clusterOf[a]}`].some((pair) =>
            suggested.includes(pair),
          );
          if (groupOf(a) !== groupOf(b)) expect(isLinked, `${a} and ${b} are two people`).toBe(false);
          else expect(isLinked || isSuggested, `${a} and ${b} are one person`).toBe(true);
        }
      }
    },
  );
});
