import type { Identifier, RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openReader } from "../reader.ts";
import { projectionDigest } from "../replay/digest.ts";
import { type Logs, openLogs } from "../testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

function person(object: string, kind: Identifier["kind"], observedAt: number): RecordInput {
  const [platform = ""] = object.split(".");
  const ref = `${object}:1`;
  const emails = ["lobby@x.example"];
  return {
    ...{ ref, platform, connection: platform, object: object.slice(platform.length + 1), subject: ref, changedAt: observedAt },
    observedAt,
    identifiers: emails.map((value) => ({ kind, value })),
    edges: [],
    data: { kind: "person", name: null, emails, phones: [], title: null, optedOut: false },
  };
}

it("separates records when their address becomes one of a function, whose hash is the same, and joins them again", async () => {
  const log = await logs.newLog();
  const objects = ["salesforce.contact", "zendesk.user"];
  const customers = async (): Promise<number> =>
    new Set((await openReader(log).nodesOf(objects.map((object) => log.key(`${object}:1`)))).values()).size;
  for (const object of objects) await log.commit({ records: [person(object, "email", 1_000)], correlationId: "test" });
  expect(await customers()).toBe(1);
  for (const object of objects) await log.commit({ records: [person(object, "role_email", 2_000)], correlationId: "test" });
  expect(await customers()).toBe(2);
  expect(await openReader(log).holders("email", "lobby@x.example")).toHaveLength(2);
  const digest = await projectionDigest(log);
  await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
  expect(await projectionDigest(log)).toBe(digest);
  for (const object of objects) await log.commit({ records: [person(object, "email", 3_000)], correlationId: "test" });
  expect(await customers()).toBe(1);
});
