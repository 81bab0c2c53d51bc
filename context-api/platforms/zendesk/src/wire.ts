import { readInstant } from "@sidelight/model/instant.ts";
import { z } from "zod";

// Only the members that we read. Zendesk adds members without notice, so the objects are open.
const id = z.union([z.number().int(), z.string()]).transform(String);
const optionalId = z
  .union([z.number().int(), z.string()])
  .nullish()
  .transform((v) => (v === null || v === undefined || v === "" || String(v) === "0" ? null : String(v)));
/** Undefined for a member that is left out: whether there is a value is not known. */
const idIfPresent = z
  .union([z.number().int(), z.string()])
  .nullable()
  .transform((v) => (v === null || v === "" || String(v) === "0" ? null : String(v)))
  .optional();
const text = z.string().nullish();
/** RFC 3339. Validated here, so that an invalid one is reported as an unexpected response format. */
const instant = z.string().refine((text) => Number.isFinite(readInstant(text)), "not an instant");

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
  permanently_deleted: z.boolean().nullish(),
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
  organization_fields: z.record(z.string(), z.unknown()).nullish(),
});
export type WireOrganization = z.infer<typeof WireOrganization>;

export const WireTicket = z.object({
  id,
  subject: text,
  status: z.string().transform((s) => s.toLowerCase()),
  priority: z
    .string()
    .nullish()
    .transform((s) => s?.toLowerCase() ?? null),
  requester_id: optionalId,
  organization_id: optionalId,
  /** An odd one must not hide its ticket. */
  assignee_id: idIfPresent.catch(undefined),
  created_at: instant,
  updated_at: instant,
  tags: z.array(z.string()).nullish().catch(null),
  /** Has no id until the ticket is rated. Ratings also come by their own list, so an odd one must not hide its ticket. */
  satisfaction_rating: z.looseObject({ id: optionalId, score: z.string() }).nullish().catch(null),
});
export type WireTicket = z.infer<typeof WireTicket>;

const duration = z.looseObject({ calendar: z.number().nullish() }).nullish();
export const WireMetricSet = z.looseObject({
  ticket_id: id,
  solved_at: instant.nullish(),
  full_resolution_time_in_minutes: duration,
  /** Public replies of agents. */
  replies: z.number().int().min(0).nullish().catch(null),
  /** Until the first of them. */
  reply_time_in_minutes: duration.catch(null),
  reply_time_in_seconds: duration.catch(null),
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
export type WireCursorMeta = z.infer<typeof WireCursorMeta>;

const WireAnswer = z.looseObject({
  type: z.string(),
  rating_category: text,
  created_at: instant,
  updated_at: instant.nullish(),
});
export const WireSurveyResponse = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  responder_id: optionalId,
  answers: z
    .array(WireAnswer)
    .nullish()
    .transform((answers) => answers ?? []),
  subjects: z.array(z.looseObject({ zrn: text })).nullish(),
  subject_zrns: z.array(z.string()).nullish(),
});
export type WireSurveyResponse = z.infer<typeof WireSurveyResponse>;

export const WireToken = z.looseObject({ access_token: z.string().min(1), expires_in: z.unknown().optional() });
