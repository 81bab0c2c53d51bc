import { until } from "@sidelight/test-support/until.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLog } from "./log.ts";
import { type Logs, openLogs } from "./testLogs.ts";
import type { WriterClient, WriterListener } from "./writer/client.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const ticket = {
  ...{ ref: "zendesk.ticket:1", platform: "zendesk", connection: "zendesk", object: "ticket", subject: "zendesk.ticket:1" },
  ...{ changedAt: 1, observedAt: 1, identifiers: [], edges: [] },
  data: { kind: "person" as const, name: "Ada", emails: [], phones: [], title: null, optedOut: false },
};

describe("the recovery of the writer", () => {
  it("outdates all answers, and reads again what was projected without a report", async () => {
    const reported = await logs.newLog();
    let listener: WriterListener | null = null;
    const writer: WriterClient = {
      ...logs.writer,
      listen(added) {
        listener = added;
        return () => {};
      },
    };
    const log = openLog({ writer, store: reported.store, keys: reported.keys, head: 0, now: () => 1_000 });
    await reported.commit({ records: [ticket], correlationId: "test" });
    const read = log.generation();
    expect([log.head(), log.invalidatedAt("any dependency")]).toEqual([0, 0]);
    listener!.onRecovered();
    expect(log.invalidatedAt("any dependency")).toBeGreaterThan(read);
    await until("the projected head", () => log.head() === 1);
    await log.whenProjected(1);
  });
});
