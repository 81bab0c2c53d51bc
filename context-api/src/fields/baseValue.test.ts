import type { FieldValue, RecordInput, StoredRecord } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FieldDefinition } from "../config/fields.ts";
import type { TenantLog } from "../log/log.ts";
import { openReader } from "../log/reader.ts";
import { type Logs, openLogs } from "../log/testLogs.ts";
import { baseValue } from "./baseValue.ts";
import type { FieldRecord } from "./participants.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const definition = { name: "jobTitle", type: "text" } as FieldDefinition;
const textOf = (value: FieldValue) => String(value);

/** A contact whose title had these values, one after the other. */
async function contact(log: TenantLog, platform: string, titles: FieldValue[]): Promise<FieldRecord> {
  const ref = `${platform}.contact:1`;
  for (const [i, title] of titles.entries()) {
    const record = {
      ...{ ref, platform, connection: platform, object: "contact", subject: ref, changedAt: (i + 1) * 1_000, observedAt: 1_000 },
      ...{ identifiers: [], edges: [] },
      data: { kind: "person", name: "Ann", emails: [], phones: [], title: null, optedOut: false, fields: { jobTitle: title } },
    } as unknown as RecordInput;
    await log.commit({ records: [record], correlationId: "test" });
  }
  const [record] = (await openReader(log).records([log.key(ref)])) as [StoredRecord];
  const value = titles.at(-1) ?? null;
  return { platform, key: record.key, record, value, text: textOf(value), state: null } as unknown as FieldRecord;
}

it("is the value of a platform that still has it", async () => {
  const log = await logs.newLog();
  const [owner, user] = [await contact(log, "salesforce", ["CTO"]), await contact(log, "zendesk", ["Chief"])];
  expect(await baseValue({ log, textOf }, { owner, others: [user], definition }, "CTO")).toBe("CTO");
});

it("is found in an earlier version of a record when every platform has left it", async () => {
  const log = await logs.newLog();
  const owner = await contact(log, "salesforce", ["CTO", "CEO"]);
  const user = await contact(log, "zendesk", ["Chief", "Head", "Boss"]);
  const base = (text: string | null) => baseValue({ log, textOf }, { owner, others: [user], definition }, text);
  expect([await base("CTO"), await base("Chief")]).toEqual(["CTO", "Chief"]);
  expect([await base("VP"), await base(null)]).toEqual([undefined, undefined]);
});
