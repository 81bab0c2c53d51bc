import { describe, expect, it } from "vitest";
import type { SourceState } from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";
import { retryAt, validUntil } from "./validity.ts";

const now = Date.parse("2026-11-20T15:07:00Z");
const minute = 60_000;
const tenantIn = (timeZone: string): Tenant => ({ config: { timeZone } }) as Tenant;
const source = (freshUntil: number | null, staleAt: number | null): SourceState => ({ freshUntil, staleAt }) as SourceState;
const validFor = (...sources: SourceState[]): number => validUntil(tenantIn("UTC"), sources, now) - now;

describe("the validity of an answer", () => {
  it("ends when its first value is no longer fresh", () => {
    expect(validFor(source(now + 9 * minute, now + 60 * minute), source(now + 5 * minute, now + 60 * minute))).toBe(5 * minute);
  });

  it("is 15 seconds when a value is not fresh, because a pull may confirm it", () => {
    expect(validFor(source(now, now + 60 * minute))).toBe(15_000);
  });

  it("ends when a value becomes stale before that", () => {
    expect(validFor(source(now - minute, now + 5_000))).toBe(5_000);
  });

  it("is two seconds when a value is stale, because the fetch is tried again", () => {
    expect(validFor(source(now - 2 * minute, now))).toBe(2_000);
  });

  it.each([
    ["UTC", "2026-11-21T00:00:00Z"],
    ["America/New_York", "2026-11-21T05:00:00Z"],
    ["Asia/Kathmandu", "2026-11-20T18:15:00Z"],
    ["Pacific/Chatham", "2026-11-21T10:15:00Z"],
  ])("ends with the tenant's day in %s when no value ages", (timeZone, end) => {
    expect(new Date(validUntil(tenantIn(timeZone), [source(null, null)], now))).toEqual(new Date(end));
  });
});

describe("an answer without a customer", () => {
  it("is read again after 30 seconds, and after two when a platform was missing", () => {
    expect([retryAt(false, now) - now, retryAt(true, now) - now]).toEqual([30_000, 2_000]);
  });
});
