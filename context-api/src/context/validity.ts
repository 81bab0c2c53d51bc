import { calendarDays } from "@sidelight/model/calendar.ts";
import type { DataClass, Ttls } from "../cache/ttl.ts";
import type { SourceState } from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";

/** A degraded answer is read again soon. */
const degradedMs = 2_000;
const unknownCustomerMs = 30_000;
/** An answer with a value that is not fresh is read again this often. */
const agedMs = 15_000;
const minuteMs = 60_000;
const quarterHourMs = 900_000;

/** When an answer without a customer, or one that missed a platform, is read again. Epoch ms. */
export const retryAt = (isDegraded: boolean, now: number): number => now + (isDegraded ? degradedMs : unknownCustomerMs);

/** The next instant at which an answer changes without an event: a value ages, or the day ends. Epoch ms. */
export function validUntil(tenant: Tenant, sources: readonly SourceState[], now: number): number {
  const changes = sources.flatMap(({ freshUntil, staleAt }) => {
    if (freshUntil === null || staleAt === null) return [];
    // A stale value that could not be fetched is tried again soon.
    return [staleAt <= now ? now + degradedMs : staleAt];
  });
  return Math.min(...changes, endOfDay(tenant, now));
}

/** How long an answer is served before it is read again. A pull may confirm a value that is no longer fresh. Ms. */
export function answerTtl(
  { config }: Pick<Tenant, "config">,
  sections: readonly { dataClass: DataClass; freshUntil: number | null }[],
  now: number,
): number {
  const { contactMinutes, referenceMinutes, ticketMinutes, usageMinutes } = config.cache;
  const ttls: Ttls = {
    contacts: contactMinutes * minuteMs,
    reference: referenceMinutes * minuteMs,
    tickets: ticketMinutes * minuteMs,
    usage: usageMinutes * minuteMs,
  };
  const limits = sections.flatMap(({ dataClass, freshUntil }) => [
    ttls[dataClass],
    freshUntil === null ? ttls[dataClass] : Math.max(agedMs, freshUntil - now),
  ]);
  return Math.min(ttls.reference, ...limits);
}

/** The end of the tenant's day, to the quarter hour: daily counts shift then. */
function endOfDay(tenant: Tenant, now: number): number {
  const dayOf = calendarDays(tenant.config.timeZone);
  const today = dayOf(now);
  let instant = Math.floor(now / quarterHourMs) * quarterHourMs + quarterHourMs;
  while (dayOf(instant) === today) instant += quarterHourMs;
  return instant;
}
