import { describe, expect, it } from "vitest";
import type { SourceState } from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";
import { answerTtl, retryAt, validUntil } from "./validity.ts";

const now = Date.parse("2026-11-20T15:07:00Z");
const minute = 60_000;
const tenantIn = (timeZone: string): Tenant => ({ config: { timeZone } }) as Tenant;
const source = (freshUntil: number | null, staleAt: number | null): SourceState => ({ freshUntil, staleAt }) as SourceState;
const validFor = (...sources: SourceState[]): number => validUntil(tenantIn("UTC"), sources, now) - now;

describe("the validity of an answer", () => {
  it("ends when its first value becomes stale, and not when one is no longer fresh", () => {
    expect(validFor(source(now - minute, now + 60 * minute), source(now + 5 * minute, now + 9 * minute))).toBe(9 * minute);
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

describe("the ttl of an answer", () => {
  const config = { cache: { contactMinutes: 60, referenceMinutes: 240, ticketMinutes: 15, usageMinutes: 5 } };
  const ttlOf = (...sections: Parameters<typeof answerTtl>[1]): number => answerTtl({ config } as Tenant, sections, now);

  it.each([
    ["contacts", 60],
    ["tickets", 15],
    ["usage", 5],
    ["reference", 240],
  ] as const)("is that of its data: %s have %d minutes", (dataClass, minutes) => {
    expect(ttlOf({ dataClass, freshUntil: null })).toBe(minutes * minute);
  });

  it("is the shortest of its sections", () => {
    expect(ttlOf({ dataClass: "contacts", freshUntil: null }, { dataClass: "tickets", freshUntil: null })).toBe(15 * minute);
  });

  it("ends when its first value is no longer fresh", () => {
    expect(ttlOf({ dataClass: "tickets", freshUntil: now + 2 * minute })).toBe(2 * minute);
  });

  it("is 15 seconds when a value is not fresh, because a pull may confirm it", () => {
    expect(ttlOf({ dataClass: "tickets", freshUntil: now - minute })).toBe(15_000);
  });
});

describe("an answer without a customer", () => {
  it("is read again after 30 seconds, and after two when a platform was missing", () => {
    expect([retryAt(false, now) - now, retryAt(true, now) - now]).toEqual([30_000, 2_000]);
  });
});
