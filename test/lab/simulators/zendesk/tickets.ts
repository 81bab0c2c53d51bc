import { createHash, randomBytes } from "node:crypto";
import { REPLIES } from "../../world/subjects.ts";
import type { ZdComment, ZdTicket } from "../../world/types.ts";
import { type Context, nowIso } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { auditRoutes } from "./audits.ts";
import { body } from "./body.ts";
import { type Answer, fail, invalid, notFound } from "./errors.ts";
import type { UpdateLimits } from "./limits.ts";
import { idList, list, numeric } from "./paging.ts";
import * as render from "./render.ts";
import { ticketSideloads } from "./sideloads.ts";
import { ticketList } from "./ticket-lists.ts";
import { type Asked, apply, store, tagList } from "./ticket-writes.ts";
import { createUser } from "./users.ts";

export function ticketRoutes(routes: Routes<Answer>, ctx: Context, limits: UpdateLimits): void {
  const zd = ctx.world.zendesk;
  const wire = (t: ZdTicket): unknown => render.ticket(ctx, t);
  const of = (id: number): ZdTicket => {
    const ticket = zd.tickets.get(id);
    return ticket && ticket.status !== "deleted" ? ticket : notFound();
  };
  const byPath = (call: Call): ZdTicket => of(numeric(call.params["id"]));

  routes.on("GET", "/api/v2/tickets", (call) => ({ status: 200, body: ticketList(ctx, call, zd.tickets.values()) }));
  routes.on("GET", "/api/v2/tickets/show_many", (call) => {
    const found = idList(call.query.get("ids"))
      .map((id) => zd.tickets.get(numeric(id)))
      .filter((t) => t !== undefined && t.status !== "deleted") as ZdTicket[];
    return { status: 200, body: { ...list(ctx, call, "tickets", found, wire), ...ticketSideloads(ctx, call, found) } };
  });
  routes.on("GET", "/api/v2/tickets/:id", (call) => {
    const ticket = byPath(call);
    return { status: 200, body: { ticket: wire(ticket), ...ticketSideloads(ctx, call, [ticket]) } };
  });
  routes.on("GET", "/api/v2/tickets/:id/metrics", (call) => ({
    status: 200,
    body: { ticket_metric: render.metrics(ctx, zd.metrics.get(byPath(call).id) ?? notFound()) },
  }));
  routes.on("GET", "/api/v2/tickets/:id/comments", (call) => ({
    status: 200,
    body: list(ctx, call, "comments", commentsOf(ctx, byPath(call)), render.comment),
  }));

  auditRoutes(routes, ctx, of);
  routes.on("PUT", "/api/v2/tickets/update_many", (call) => many(ctx, call, of));
  routes.on("GET", "/api/v2/job_statuses/:id", (call) => {
    const kept = ctx.world.meta.get(JOB + call.params["id"])?.value as KeptJob | undefined;
    const { job, readyAt } = kept ?? notFound();
    const unfinished = { progress: 0, status: "working", message: null, results: null };
    return { status: 200, body: { job_status: ctx.clock.now() < readyAt ? { ...job, ...unfinished } : job } };
  });
  routes.on("PUT", "/api/v2/tickets/:id", (call) => {
    const ticket = byPath(call);
    const headers = limits.take(ticket.id);
    const asked = ticketOf(call);
    if (ticket.status === "closed") return invalid("status", "Status: closed prevents ticket update");
    if (asked["safe_update"] === true) safe(ticket, asked);
    const next = store(ctx, ticket, apply(ctx, ticket, asked), asked, nowIso(ctx));
    return { status: 200, body: { ticket: wire(next), audit: audit(ctx, next) }, headers };
  });
  routes.on("POST", "/api/v2/tickets", (call) => idempotently(ctx, call, () => create(ctx, call)));
}

function ticketOf(call: Call): Asked {
  const asked = body(call)["ticket"];
  return typeof asked === "object" && asked !== null
    ? (asked as Asked)
    : fail(400, "ParameterMissing", "Required parameter missing: ticket");
}

function safe(ticket: ZdTicket, asked: Asked): void {
  const stamp = Date.parse(String(asked["updated_stamp"] ?? ""));
  if (Number.isNaN(stamp)) fail(400, "InvalidValue", "updated_stamp is required with safe_update");
  if (Date.parse(ticket.updated_at) > stamp) {
    fail(
      409,
      "UpdateConflict",
      "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.",
    );
  }
}

const audit = (ctx: Context, ticket: ZdTicket): unknown => ({
  id: Date.parse(ticket.updated_at),
  ticket_id: ticket.id,
  created_at: ticket.updated_at,
  author_id: ctx.world.zendesk.integrationUser,
  events: [],
  via: { channel: "api", source: { from: {}, to: {}, rel: null } },
});

/** The description is the first comment; a solved ticket was answered once; then what clients added. */
export function commentsOf(ctx: Context, ticket: ZdTicket): ZdComment[] {
  const { ids, zendesk } = ctx.world;
  const first: ZdComment = {
    id: ids.zendesk.make("comment", ticket.id * 4),
    ticket_id: ticket.id,
    author_id: ticket.requester_id,
    body: ticket.description,
    public: true,
    created_at: ticket.created_at,
  };
  const solvedAt = zendesk.metrics.get(ticket.id)?.solved_at;
  const answer: ZdComment[] =
    solvedAt && ticket.assignee_id !== null
      ? [
          {
            ...first,
            id: ids.zendesk.make("comment", ticket.id * 4 + 1),
            author_id: ticket.assignee_id,
            body: REPLIES[ticket.id % REPLIES.length]!,
            created_at: solvedAt,
          },
        ]
      : [];
  return [first, ...answer, ...zendesk.comments.by("ticket_id", ticket.id)].sort((a, b) =>
    a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : a.id - b.id,
  );
}

function create(ctx: Context, call: Call): Answer {
  const zd = ctx.world.zendesk;
  const asked = ticketOf(call);
  if (asked["comment"] === undefined && asked["description"] === undefined)
    return invalid("base", "Description: cannot be blank", "BlankValue");
  const at = nowIso(ctx);
  let id = zd.tickets.size + 1;
  while (zd.tickets.get(id)) id++;
  return ctx.world.change(() => {
    const requester = requesterOf(ctx, asked);
    const { comment, description, requester: _, ...rest } = asked;
    const text = typeof description === "string" ? description : String((comment as Asked)["body"] ?? "");
    if (text.trim() === "") return invalid("base", "Description: cannot be blank", "BlankValue");
    const blank: ZdTicket = {
      id,
      subject: text.slice(0, 60),
      description: text,
      status: "new",
      priority: null,
      type: null,
      requester_id: requester,
      submitter_id: zd.integrationUser,
      assignee_id: null,
      organization_id: zd.users.get(requester)?.organization_id ?? null,
      group_id: zd.groups[0]!.id,
      brand_id: zd.brandId,
      external_id: null,
      tags: [],
      custom_fields: [],
      channel: "api",
      rating: "unoffered",
      has_incidents: false,
      is_public: true,
      created_at: at,
      updated_at: at,
      generated_timestamp: 0,
    };
    const made = store(ctx, null, apply(ctx, blank, rest), rest, at);
    return {
      status: 201,
      body: { ticket: render.ticket(ctx, made), audit: audit(ctx, made) },
      headers: { location: `${ctx.url()}/api/v2/tickets/${id}.json` },
    };
  });
}

function requesterOf(ctx: Context, asked: Asked): number {
  const named = asked["requester"] as Asked | undefined;
  if (named === undefined)
    return typeof asked["requester_id"] === "number" ? asked["requester_id"] : ctx.world.zendesk.integrationUser;
  const email = typeof named["email"] === "string" ? named["email"] : "";
  const known = ctx.world.zendesk.identities.by("value", email.toLowerCase())[0];
  if (known) return known.user_id;
  if (typeof named["name"] !== "string")
    return invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue");
  return createUser(ctx, named).id;
}

/** The same key with the same body answers as before; with another body it is refused. Keys live two hours. */
function idempotently(ctx: Context, call: Call, work: () => Answer): Answer {
  const key = call.headers.get("idempotency-key");
  if (key === null) return work();
  const row = `zendesk.idempotency:${key}`;
  const digest = createHash("sha256").update(call.text).digest("base64url");
  const known = ctx.world.meta.get(row)?.value as { digest: string; answer: Answer; until: number } | undefined;
  if (known && known.until > ctx.clock.now()) {
    if (known.digest !== digest)
      return fail(
        400,
        "IdempotentRequestError",
        "The request parameters do not match those of the original request with this idempotency key",
      );
    return { ...known.answer, headers: { ...known.answer.headers, "x-idempotency-lookup": "hit" } };
  }
  return ctx.world.change(() => {
    const answer = work();
    ctx.world.meta.put({ key: row, value: { digest, answer, until: ctx.clock.now() + 2 * 3_600_000 } });
    return { ...answer, headers: { ...answer.headers, "x-idempotency-lookup": "miss" } };
  });
}

const JOB = "zendesk.job:";

interface KeptJob {
  job: object;
  /** When it says that it is over. */
  readyAt: number;
}

/** The four properties that every result has, and why. */
const failed = (id: number, details: string): object => ({
  id,
  action: "update",
  status: "Failed",
  success: false,
  error: "TicketUpdateFailed",
  details,
});

/** The work is done at once, told later: the answer is a job to ask about. */
function many(ctx: Context, call: Call, of: (id: number) => ZdTicket): Answer {
  const asked = body(call);
  const ids = call.query.get("ids");
  const each: Asked[] =
    ids !== null
      ? idList(ids).map((id) => ({ ...(asked["ticket"] as Asked), id: numeric(id) }))
      : ((asked["tickets"] as Asked[] | undefined) ?? []);
  if (each.length === 0) return fail(400, "ParameterMissing", "Required parameter missing: ids or tickets");
  if (each.length > 100) return fail(400, "TooManyValues", "Too many tickets; the maximum is 100");
  const results = each.map((change) => {
    const id = Number(change["id"]);
    try {
      const ticket = of(id);
      if (ticket.status === "closed") return failed(id, "Status: closed prevents ticket update");
      const { additional_tags, remove_tags, id: _, ...rest } = change;
      const next = apply(ctx, ticket, rest);
      const removed = new Set(tagList(remove_tags));
      next.tags = [...new Set([...next.tags, ...tagList(additional_tags)])].filter((tag) => !removed.has(tag));
      store(ctx, ticket, next, change, nowIso(ctx));
      return { id, action: "update", status: "Updated", success: true };
    } catch (error) {
      return failed(id, error instanceof Error ? error.message : "");
    }
  });
  const id = randomBytes(16).toString("hex");
  const job = { id, job_type: "Bulk Update Ticket", url: `${ctx.url()}/api/v2/job_statuses/${id}.json`, total: each.length };
  const over = { ...job, progress: each.length, status: "completed", message: `Completed at ${nowIso(ctx)}`, results };
  const value: KeptJob = { job: over, readyAt: ctx.clock.now() + ctx.limits.zendesk.jobSeconds * 1000 };
  ctx.world.change(() => ctx.world.meta.put({ key: JOB + id, value }));
  return { status: 200, body: { job_status: { ...job, progress: null, status: "queued", message: null, results: null } } };
}
