import { expect, it } from "vitest";
import { shownQuota } from "./connectionOverview.ts";

const minuteMs = 60_000;
const quota = (remaining: number, windowMs: number) => ({ limit: 100, remaining, windowMs, blockedUntil: null });
const runsOutAt = Date.UTC(2026, 10, 30, 13);

it("shows the scarcest quota of a long window with its forecast, before those that are free again within minutes", () => {
  const quotas = { export: quota(5, 1_500), query: quota(60, 60 * minuteMs), daily: quota(80, 24 * 60 * minuteMs) };
  const shownItems = shownQuota({ quotas, forecast: { export: 1, query: runsOutAt, daily: null } }, undefined);
  expect(shownItems).toEqual({
    name: "query",
    limit: 100,
    remaining: 60,
    blockedUntil: null,
    runsOutAt: "2026-11-30T13:00:00.000Z",
  });
});

it("shows the quota of reads where all windows are short, without a forecast", () => {
  const quotas = { core: quota(70, minuteMs), export: quota(10, minuteMs) };
  const forecast = { core: runsOutAt, export: runsOutAt };
  expect(shownQuota({ quotas, forecast }, "core")).toMatchObject({ name: "core", runsOutAt: null });
  expect(shownQuota({ quotas, forecast }, undefined)).toMatchObject({ name: "export", runsOutAt: null });
  expect(shownQuota({ quotas: {}, forecast: {} }, "core")).toBeNull();
});
