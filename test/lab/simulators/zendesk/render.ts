import type { ZdComment, ZdIdentity, ZdMetrics, ZdOrganization, ZdRating, ZdTicket, ZdUser } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { SurveyResponse } from "./oddities.ts";

type Wire = Record<string, unknown>;
const link = (ctx: Context, path: string): string => `${ctx.url()}/api/v2/${path}.json`;

export function ticket(ctx: Context, t: ZdTicket): Wire {
  const values = new Map(t.custom_fields.map((f) => [f.id, f.value]));
  // Every ticket lists every field, set or not.
  const fields = ctx.world.zendesk.fields.map((f) => ({
    id: f.id,
    value: values.get(f.id) ?? (f.type === "checkbox" ? false : null),
  }));
  return {
    url: link(ctx, `tickets/${t.id}`),
    id: t.id,
    external_id: t.external_id,
    via: { channel: t.channel, source: { from: {}, to: {}, rel: null } },
    created_at: t.created_at,
    updated_at: t.updated_at,
    generated_timestamp: t.generated_timestamp,
    type: t.type,
    subject: t.subject,
    raw_subject: t.subject,
    description: t.description,
    priority: t.priority,
    status: t.status,
    recipient: null,
    requester_id: t.requester_id,
    submitter_id: t.submitter_id,
    assignee_id: t.assignee_id,
    organization_id: t.organization_id,
    group_id: t.group_id,
    collaborator_ids: [],
    follower_ids: [],
    email_cc_ids: [],
    forum_topic_id: null,
    problem_id: null,
    has_incidents: t.has_incidents,
    is_public: t.is_public,
    due_at: null,
    tags: t.tags,
    custom_fields: fields,
    satisfaction_rating:
      typeof t.rating === "object" ? { id: t.rating.id, score: t.rating.score, comment: t.rating.comment } : { score: t.rating },
    sharing_agreement_ids: [],
    fields,
    followup_ids: [],
    brand_id: t.brand_id,
    allow_channelback: false,
    allow_attachments: true,
    from_messaging_channel: false,
  };
}

const wait = (calendar: number | null): Wire => ({ calendar, business: calendar === null ? null : Math.round(calendar * 0.34) });

export function metrics(ctx: Context, m: ZdMetrics): Wire {
  return {
    url: link(ctx, `ticket_metrics/${m.id}`),
    id: m.id,
    ticket_id: m.ticket_id,
    created_at: m.created_at,
    updated_at: m.updated_at,
    group_stations: 1,
    assignee_stations: m.assigned_at === null ? 0 : 1,
    reopens: m.reopens,
    replies: m.replies,
    assignee_updated_at: m.assigned_at,
    requester_updated_at: m.created_at,
    status_updated_at: m.updated_at,
    initially_assigned_at: m.assigned_at,
    assigned_at: m.assigned_at,
    solved_at: m.solved_at,
    latest_comment_added_at: m.updated_at,
    reply_time_in_minutes: wait(m.reply),
    reply_time_in_seconds: { calendar: m.reply === null ? null : m.reply * 60 },
    first_resolution_time_in_minutes: wait(m.firstResolution),
    full_resolution_time_in_minutes: wait(m.fullResolution),
    agent_wait_time_in_minutes: wait(m.agentWait),
    requester_wait_time_in_minutes: wait(m.requesterWait),
    on_hold_time_in_minutes: wait(m.onHold),
  };
}

export function user(ctx: Context, u: ZdUser): Wire {
  return {
    id: u.id,
    url: link(ctx, `users/${u.id}`),
    name: u.name,
    email: u.email,
    created_at: u.created_at,
    updated_at: u.updated_at,
    time_zone: u.time_zone,
    iana_time_zone: "America/New_York",
    phone: u.phone,
    shared_phone_number: u.phone === null ? null : false,
    photo: null,
    locale_id: 1,
    locale: u.locale,
    organization_id: u.organization_id,
    role: u.role,
    verified: u.verified,
    external_id: u.external_id,
    tags: u.tags,
    alias: "",
    active: u.active,
    shared: false,
    shared_agent: false,
    last_login_at: u.last_login_at,
    two_factor_auth_enabled: u.role === "end-user" ? null : true,
    signature: null,
    details: u.details,
    notes: u.notes,
    role_type: u.role === "admin" ? 4 : u.role === "agent" ? 0 : null,
    custom_role_id: null,
    moderator: u.role !== "end-user",
    ticket_restriction: u.role === "end-user" ? "requested" : null,
    only_private_comments: false,
    restricted_agent: false,
    suspended: u.suspended,
    default_group_id: null,
    report_csv: u.role === "admin",
    user_fields: u.user_fields,
  };
}

export const identity = (ctx: Context, i: ZdIdentity): Wire => ({
  url: link(ctx, `users/${i.user_id}/identities/${i.id}`),
  id: i.id,
  user_id: i.user_id,
  type: i.type,
  value: i.value,
  verified: i.verified,
  primary: i.primary,
  created_at: i.created_at,
  updated_at: i.updated_at,
  ...(i.type === "email" ? { undeliverable_count: 0, deliverable_state: "deliverable" } : {}),
});

export const organization = (ctx: Context, o: ZdOrganization): Wire => ({ url: link(ctx, `organizations/${o.id}`), ...o });

export const rating = (ctx: Context, r: ZdRating): Wire => ({
  url: link(ctx, `satisfaction_ratings/${r.id}`),
  ...r,
  reason: null,
  reason_id: null,
});

/** The rating is the first answer; the questions for a reason and a comment are skipped. */
export const surveyResponse = (r: SurveyResponse): Wire => {
  const times = { created_at: r.created_at, updated_at: r.updated_at };
  const question = (alias: string, type: string): Wire => ({
    id: "01J58KJ9RAE0D2EK7HRVM7Z8F2",
    alias,
    type,
    headline: { type: "static", value: "How was our support?" },
  });
  const rating =
    r.rating === null
      ? { type: "skipped", question: question("customer_rating", "rating_scale_numeric"), ...times }
      : {
          type: "rating_scale",
          rating: r.rating,
          rating_category: r.category,
          question: question("customer_rating", "rating_scale_numeric"),
          ...times,
        };
  return {
    id: r.id,
    expires_at: r.updated_at,
    responder_id: r.responder_id,
    subject_zrns: [`zen:ticket:${r.ticket_id}`],
    subjects: [{ id: String(r.ticket_id), type: "ticket", zrn: `zen:ticket:${r.ticket_id}` }],
    survey: { id: "01J58KJ9RAE0D2EK7HRVM7Z8F2", state: "enabled", version: 3 },
    answers: [rating, { type: "skipped", question: question("comment", "open_ended"), ...times }],
  };
};

export const comment = (c: ZdComment): Wire => ({
  id: c.id,
  type: "Comment",
  author_id: c.author_id,
  body: c.body,
  html_body: `<div class="zd-comment"><p dir="auto">${c.body.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replaceAll("\n", "<br>")}</p></div>`,
  plain_body: c.body,
  public: c.public,
  attachments: [],
  audit_id: c.id + 1,
  via: { channel: "web", source: { from: {}, to: {}, rel: null } },
  created_at: c.created_at,
  metadata: { system: {}, custom: {} },
});

export const group = (g: { id: number; name: string }): Wire => ({
  id: g.id,
  name: g.name,
  deleted: false,
  default: false,
  is_public: true,
});
