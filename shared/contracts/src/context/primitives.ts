import { z } from "zod";

/** An instant in UTC, RFC 3339 with milliseconds: `2026-11-21T09:30:00.000Z`. */
export const Instant = z.iso.datetime().describe("An instant in UTC, RFC 3339");

/** A calendar day, `2026-11-21`, in the tenant's time zone where Sidelight counted it. */
export const Day = z.iso.date().describe("A calendar day");

/** An instant, or a calendar day where the source records no time. A day belongs to no time zone: do not convert it. */
export const InstantOrDay = z.union([z.iso.datetime(), z.iso.date()]).describe("An instant in UTC, or a calendar day");

/** What personal data is used for. Consent is withdrawn for each purpose. */
export const Purpose = z.enum(["support", "analytics", "sales", "marketing"]);

/** An amount in its own currency. Amounts of different currencies are never added. */
export const Money = z.object({
  amount: z.number().describe("In whole units of the currency, not cents"),
  currency: z.string().length(3).describe("ISO 4217"),
});
export type Money = z.infer<typeof Money>;

/** `platform.object:id`, `email:`, `phone:`, `domain:`, `person:` or `company:` in canonical form. */
export const Ref = z.string().min(3).max(600);

/** A link to the platform's user interface, http or https only. */
export const Link = z.object({
  label: z.string().describe("Text of the link"),
  url: z.url({ protocol: /^https?$/ }).describe("http or https"),
});
export type Link = z.infer<typeof Link>;

/** RFC 6901, relative to the object that contains it. */
export const JsonPointer = z.string().regex(/^(\/.*)?$/);
