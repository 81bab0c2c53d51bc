import { describe, expect, it } from "vitest";
import { createPullInterval } from "./pullInterval.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function setup({ intervalMs = 6 * minuteMs, staleMs = 24 * hourMs, objects = ["ticket"], bringsUnreported = false } = {}) {
  const reports = new Map<string, number>();
  const daily = { limit: 100, remaining: 100, windowMs: 24 * hourMs, blockedUntil: null };
  const interval = createPullInterval(
    { intervalMs, objects, bringsUnreported, quota: "daily" },
    { reportedAt: (object) => reports.get(object) ?? null, staleMs, rateLimiter: { left: () => ({ daily }) } },
  );
  return { interval, reports, daily };
}

describe("the interval of a stream", () => {
  it("is the platform's own while no webhook reports its objects", () => {
    const { interval } = setup();
    for (let i = 0; i < 5; i++) interval.recordPull(false, i);
    expect(interval.current(0)).toBe(6 * minuteMs);
  });

  it("doubles with each pull that finds nothing, up to four times, while webhooks report its objects", () => {
    const { interval, reports } = setup();
    reports.set("ticket", 0);
    const intervals = [1, 2, 3].map((i) => {
      interval.recordPull(false, i);
      return interval.current(i) / minuteMs;
    });
    expect(intervals).toEqual([12, 24, 24]);
  });

  it("at most doubles for tickets, whose pulls also bring ratings that no webhook reports", () => {
    const { interval, reports } = setup({ bringsUnreported: true });
    reports.set("ticket", 0);
    const intervals = [1, 2, 3].map((i) => {
      interval.recordPull(false, i);
      return interval.current(i) / minuteMs;
    });
    expect(intervals).toEqual([12, 12, 12]);
    interval.recordPull(true, 4);
    expect(interval.current(4)).toBe(6 * minuteMs);
  });

  it("is short again after a change that no webhook reported", () => {
    const { interval, reports } = setup();
    reports.set("ticket", 0);
    interval.recordPull(false, 1);
    interval.recordPull(true, 2);
    expect(interval.current(2)).toBe(6 * minuteMs);
  });

  it("is short again when the webhooks are silent for a day", () => {
    const { interval, reports } = setup();
    reports.set("ticket", 0);
    interval.recordPull(false, 1);
    expect(interval.current(24 * hourMs)).toBe(6 * minuteMs);
  });

  it("stays below the age at which values become stale, and below an hour", () => {
    const tickets = setup({ staleMs: 15 * minuteMs });
    const accounts = setup({ intervalMs: 30 * minuteMs });
    for (const { interval, reports } of [tickets, accounts]) {
      reports.set("ticket", 0);
      for (let i = 0; i < 3; i++) interval.recordPull(false, 1);
    }
    expect(tickets.interval.current(1)).toBe(12 * minuteMs);
    expect(accounts.interval.current(1)).toBe(hourMs);
  });

  it("needs reports of all objects of the stream", () => {
    const { interval, reports } = setup({ objects: ["task", "event"] });
    reports.set("task", 0);
    interval.recordPull(false, 1);
    expect(interval.current(1)).toBe(6 * minuteMs);
  });

  it("grows while little of the quota is left, up to an hour or the age of stale values", () => {
    const [day, tickets] = [setup(), setup({ staleMs: 15 * minuteMs })];
    const intervalWith = ({ interval, daily }: typeof day, remaining: number): number => {
      daily.remaining = remaining;
      return interval.current(0) / minuteMs;
    };
    expect([100, 25, 20, 5].map((remaining) => intervalWith(day, remaining))).toEqual([6, 6, 24, 60]);
    expect([100, 5].map((remaining) => intervalWith(tickets, remaining))).toEqual([6, 12]);
    expect(intervalWith(day, 100)).toBe(6);
  });
});
