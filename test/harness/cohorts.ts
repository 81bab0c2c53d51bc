import { openReader } from "@sidelight/context-api/log/reader.ts";
import { queriesOf } from "@sidelight/context-api/store/queries.ts";
import type { Harness } from "./harness.ts";

const logOf = (harness: Harness) => harness.runtime.tenants.get("acme")!.tenant.log;

/** Events of these users since a sequence, as "type user". */
export async function cohortMoves(harness: Harness, since: number, users: readonly string[]): Promise<string[]> {
  const log = logOf(harness);
  const rows = await queriesOf(log.store)
    .from("events")
    .select(["type", "key"])
    .where("sequence", ">", since)
    .orderBy("sequence")
    .execute();
  const names = new Map(users.map((user) => [log.key(`mixpanel.user:${user}`), user]));
  return rows.map(({ type, key }) => `${type.replace("mixpanel.user.", "")} ${names.get(key) ?? "unknown"}`);
}

/** Members of a cohort in the store. */
export async function cohortMembers(harness: Harness, cohort: string | number): Promise<string[]> {
  const log = logOf(harness);
  const records = await openReader(log).pointingAt([log.key(`mixpanel.cohort:${cohort}`)], ["member_of"], ["membership"]);
  return records.map((r) => r.id.slice(r.id.indexOf("/") + 1)).sort();
}

let counter = 0;
export const newCohort = (name = "Completed onboarding") => ({ id: 100_000 + ++counter, name });
export const newSession = () => `session-${++counter}`;
