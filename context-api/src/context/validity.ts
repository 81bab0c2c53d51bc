import { calendarDays } from "@sidelight/model/calendar.ts";
import type { SourceState } from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";

/** A degraded answer is read again soon. */
const degradedMs = 2_000;
const unknownCustomerMs = 30_000;
/** A value that is not fresh may have been confirmed by a pull since. */
const agedMs = 15_000;
const quarterHourMs = 900_000;

/** When an answer without a customer, or one that missed a platform, is read again. Epoch ms. */
export const retryAt = (isDegraded: boolean, now: number): number => now + (isDegraded ? degradedMs : unknownCustomerMs);

/** The next instant at which an answer changes without an event: a value ages, or the day ends. Epoch ms. */
export function validUntil(tenant: Tenant, sources: readonly SourceState[], now: number): number {
  const changes = sources.flatMap(({ freshUntil, staleAt }) => {
    if (freshUntil === null || staleAt === null) return [];
    // A stale value that could not be fetched is tried again soon.
    if (staleAt <= now) return [now + degradedMs];
    return [freshUntil <= now ? now + agedMs : freshUntil, staleAt];
  });
  return Math.min(...changes, endOfDay(tenant, now));
}

/** The end of the tenant's day, to the quarter hour: daily counts shift then. */
function endOfDay(tenant: Tenant, now: number): number {
  const dayOf = calendarDays(tenant.config.timeZone);
  const today = dayOf(now);
  let instant = Math.floor(now / quarterHourMs) * quarterHourMs + quarterHourMs;
  while (dayOf(instant) === today) instant += quarterHourMs;
  return instant;
}
