import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queriesOf } from "../../store/queries.ts";
import type { TenantLog } from "../log.ts";
import { type Logs, openLogs } from "../testLogs.ts";

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

const dayMs = 86_400_000;
const prune = (log: TenantLog, cutoff: number, now: number) =>
  logs.writer.send({ kind: "prune", tenant: log.tenant, cutoff, quarantineCutoff: cutoff, now });

const message = (id: string) => ({
  id,
  connection: "zendesk",
  platform: "zendesk",
  webhook: "events",
  reason: "unreadable",
  detail: "no JSON",
  request: "{}",
});

describe("deleteExpired", () => {
  it("deletes quarantined messages and their keys after the cutoff", async () => {
    let now = 10 * dayMs;
    const log = await logs.newLog(() => now);
    await log.commit({ quarantine: [message("old")], correlationId: "test" });
    now = 50 * dayMs;
    await log.commit({ quarantine: [message("new")], correlationId: "test" });
    await prune(log, 20 * dayMs, now);
    expect((await queriesOf(log.store).from("quarantine").select("id").execute()).map((q) => q.id)).toEqual(["new"]);
    expect(await queriesOf(log.store).from("subject_keys").select("subject").execute()).toHaveLength(1);
  });

  it("deletes deduplication keys after a week, so that a repeated event is a duplicate until then", async () => {
    let now = 10 * dayMs;
    const log = await logs.newLog(() => now);
    const event = (id: string) => ({
      type: "zendesk.ticket.triggered",
      timestamp: now,
      platform: "zendesk",
      connection: "zendesk",
      object: "ticket",
      ref: "zendesk.ticket:1",
      subject: "zendesk.ticket:1",
      sourceIds: [id],
      sourceEventId: id,
      record: null,
      interaction: null,
      data: {},
      isEcho: false,
    });
    const isDuplicate = async () => (await log.commit({ events: [event("once")], correlationId: "test" })).events[0]!.isDuplicate;
    expect(await isDuplicate()).toBe(false);
    for (const days of [3, 6.9]) {
      now = (10 + days) * dayMs;
      await prune(log, 0, now);
      expect(await isDuplicate(), `${days} days later`).toBe(true);
    }
    now = 18 * dayMs;
    await prune(log, 0, now);
    expect(await isDuplicate()).toBe(false);
  });
});
