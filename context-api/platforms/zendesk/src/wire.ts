import { z } from "zod";

// Only the members that we read. Zendesk adds members without notice, so the objects are open.
const id = z.union([z.number().int(), z.string()]).transform(String);
const optionalId = z
  .union([z.number().int(), z.string()])
  .nullish()
  .transform((v) => (v === null || v === undefined || v === "" || String(v) === "0" ? null : String(v)));
const text = z.string().nullish();
/** RFC 3339. Validated here, so that an invalid one is reported as an unexpected response format. */
const instant = z.string().refine((at) => Number.isFinite(Date.parse(at)), "not an instant");

export const WireUser = z.looseObject({
  id,
  name: text,
  email: text,
  phone: text,
  role: text,
  external_id: text,
  organization_id: optionalId,
  updated_at: instant,
  active: z.boolean().nullish(),
  user_fields: z.record(z.string(), z.unknown()).nullish(),
});
export type WireUser = z.infer<typeof WireUser>;

export const WireIdentity = z.looseObject({ user_id: id, type: z.string(), value: z.string() });
export type WireIdentity = z.infer<typeof WireIdentity>;

export const WireOrganization = z.looseObject({
  id,
  name: text,
  domain_names: z.array(z.string()).nullish(),
  external_id: text,
  updated_at: instant,
  deleted_at: text,
});
export type WireOrganization = z.infer<typeof WireOrganization>;

export const WireTicket = z.looseObject({
  id,
  subject: text,
  status: z.string().transform((s) => s.toLowerCase()),
  priority: z
    .string()
    .nullish()
    .transform((s) => s?.toLowerCase() ?? null),
  requester_id: optionalId,
  organization_id: optionalId,
  created_at: instant,
  updated_at: instant,
  /** Has no id until the ticket is rated. */
  satisfaction_rating: z.looseObject({ id: optionalId, score: z.string() }).nullish(),
});
export type WireTicket = z.infer<typeof WireTicket>;

export const WireMetricSet = z.looseObject({
  ticket_id: id,
  solved_at: instant.nullish(),
  full_resolution_time_in_minutes: z.looseObject({ calendar: z.number().nullish() }).nullish(),
});
export type WireMetricSet = z.infer<typeof WireMetricSet>;

export const WireRating = z.looseObject({
  id,
  score: z.string(),
  ticket_id: optionalId,
  requester_id: optionalId,
  created_at: instant,
  updated_at: instant,
});
export type WireRating = z.infer<typeof WireRating>;

/** Cursor paging: `meta` and `links`. */
export const WireCursorMeta = z.looseObject({ has_more: z.boolean(), after_cursor: z.string().nullish() });

export const WireToken = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().nullish() });
