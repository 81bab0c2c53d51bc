import { z } from "zod";

/** An instant in UTC, RFC 3339 with milliseconds: `2026-11-21T09:30:00.000Z`. */
export const Instant = z.iso.datetime().describe("An instant in UTC, RFC 3339");

/** A calendar day, `2026-11-21`, in the tenant's time zone where it was counted by us. */
export const Day = z.iso.date().describe("A calendar day");

/** An amount in its own currency. Amounts of different currencies are never added up. */
export const Money = z.object({
  amount: z.number().describe("In whole units of the currency, not cents"),
  currency: z.string().length(3).describe("ISO 4217"),
});
export type Money = z.infer<typeof Money>;

/** `platform.object:id`, `email:`, `phone:`, `domain:`, `person:` or `company:` in canonical form. */
export const Ref = z.string().min(3).max(600);

/** A link into a platform's own user interface. Only http(s). */
export const Link = z.object({ label: z.string(), url: z.url({ protocol: /^https?$/ }) });
export type Link = z.infer<typeof Link>;

/** RFC 6901, relative to the object that holds it. */
export const JsonPointer = z.string().regex(/^(\/.*)?$/);
