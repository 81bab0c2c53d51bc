import { createHash, randomBytes } from "node:crypto";
import { REPLIES } from "../../world/subjects.ts";
import { iso } from "../../world/time.ts";
import type { ZdComment, ZdTicket } from "../../world/types.ts";
import { type Context, nowIso } from "../context.ts";
import type { Call, Routes } from "../router.ts";
import { auditRoutes } from "./audits.ts";
import { body } from "./body.ts";
import { fail, invalid, notFound, type ResponseParts } from "./errors.ts";
import type { UpdateLimits } from "./limits.ts";
import { idList, list, numeric } from "./paging.ts";
import * as render from "./render.ts";
import { ticketSideloads } from "./sideloads.ts";
import { ticketList } from "./ticketLists.ts";
import type { TicketUpdate } from "./ticketUpdate.ts";
import { apply, store, tagList } from "./ticketWrites.ts";
import { createUser } from "./users.ts";

export function ticketRoutes(routes: Routes<ResponseParts>, ctx: Context, limits: UpdateLimits): void {
  const zd = ctx.world.zendesk;
  const wire = (t: ZdTicket): unknown => render.ticket(ctx, t);
  const ticketById = (id: number): ZdTicket => {
    const ticket = zd.tickets.get(id);
    return ticket && ticket.status !== "deleted" ? ticket : notFound();
  };
  const byPath = (call: Call): ZdTicket => ticketById(numeric(call.params["id"]));

  routes.on("GET", "/api/v2/tickets", (call) => ({ status: 200, body: ticketList(ctx, call, zd.tickets.values()) }));
  routes.on("GET", "/api/v2/tickets/show_many", (call) => {
    const tickets = idList(call.query.get("ids"))
      .map((id) => zd.tickets.get(numeric(id)))
      .filter((t) => t !== undefined && t.status !== "deleted") as ZdTicket[];
    return { status: 200, body: { ...list(ctx, call, "tickets", tickets, wire), ...ticketSideloads(ctx, call, tickets) } };
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

  auditRoutes(routes, ctx, ticketById);
  routes.on("PUT", "/api/v2/tickets/update_many", (call) => updateMany(ctx, call, ticketById));
  routes.on("GET", "/api/v2/job_statuses/:id", (call) => {
    const storedJob = ctx.world.meta.get(JOB + call.params["id"])?.value as StoredJob | undefined;
    const { job, readyAt } = storedJob ?? notFound();
    const progress = { progress: 0, status: "working", message: null, results: null };
    return { status: 200, body: { job_status: ctx.clock.now() < readyAt ? { ...job, ...progress } : job } };
  });
  routes.on("PUT", "/api/v2/tickets/:id", (call) => {
    const ticket = byPath(call);
    const headers = limits.take(ticket.id);
    const input = ticketOf(call);
    if (ticket.status === "closed") return invalid("status", "Status: closed prevents ticket update");
    if (input["safe_update"] === true) safe(ticket, input);
    const next = store(ctx, ticket, apply(ctx, ticket, input), input, nowIso(ctx));
    return { status: 200, body: { ticket: wire(next), audit: audit(ctx, next) }, headers };
  });
  routes.on("POST", "/api/v2/tickets", (call) => idempotently(ctx, call, () => create(ctx, call)));
}

function ticketOf(call: Call): TicketUpdate {
  const input = body(call)["ticket"];
  return typeof input === "object" && input !== null
    ? (input as TicketUpdate)
    : fail(400, "ParameterMissing", "Required parameter missing: ticket");
}

function safe(ticket: ZdTicket, input: TicketUpdate): void {
  const stamp = Date.parse(String(input["updated_stamp"] ?? ""));
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

/** The description is the first comment. Then come the agent's replies that the metrics count, and the clients' comments. */
export function commentsOf(ctx: Context, ticket: ZdTicket): ZdComment[] {
  const written = ctx.world.zendesk.comments.by("ticket_id", ticket.id);
  const first: ZdComment = {
    id: ctx.world.ids.zendesk.make("comment", ticket.id * 4),
    ticket_id: ticket.id,
    author_id: ticket.requester_id,
    body: ticket.description,
    public: true,
    created_at: ticket.created_at,
  };
  return [first, ...seededReplies(ctx, ticket, first, written), ...written].sort((a, b) =>
    a.created_at < b.created_at ? -1 : a.created_at > b.created_at ? 1 : a.id - b.id,
  );
}

/** Replies of the seeded world, which keeps only their number and the time of the first one. */
function seededReplies(ctx: Context, ticket: ZdTicket, first: ZdComment, written: readonly ZdComment[]): ZdComment[] {
  const metrics = ctx.world.zendesk.metrics.get(ticket.id);
  const author = ticket.assignee_id;
  if (!metrics || author === null || metrics.reply === null) return [];
  const count = metrics.replies - written.filter((c) => c.public && c.author_id !== ticket.requester_id).length;
  const firstAt = Date.parse(ticket.created_at) + metrics.reply * 60_000;
  const lastAt = Math.max(firstAt, Date.parse(metrics.solved_at ?? ticket.updated_at));
  return Array.from({ length: Math.max(0, count) }, (_, i) => ({
    ...first,
    id: ctx.world.ids.zendesk.make("comment", ticket.id * 4 + 1 + Math.min(i, 2)),
    author_id: author,
    body: REPLIES[(ticket.id + i) % REPLIES.length] ?? "",
    created_at: iso(i === 0 ? firstAt : lastAt),
  }));
}

function create(ctx: Context, call: Call): ResponseParts {
  const zd = ctx.world.zendesk;
  const input = ticketOf(call);
  if (input["comment"] === undefined && input["description"] === undefined)
    return invalid("base", "Description: cannot be blank", "BlankValue");
  const timestamp = nowIso(ctx);
  let id = zd.tickets.size + 1;
  while (zd.tickets.get(id)) id++;
  return ctx.world.change(() => {
    const requester = requesterOf(ctx, input);
    const { comment, description, requester: _, ...attributes } = input;
    const text = typeof description === "string" ? description : String((comment as TicketUpdate)["body"] ?? "");
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
      created_at: timestamp,
      updated_at: timestamp,
      generated_timestamp: 0,
    };
    const created = store(ctx, null, apply(ctx, blank, attributes), attributes, timestamp);
    return {
      status: 201,
      body: { ticket: render.ticket(ctx, created), audit: audit(ctx, created) },
      headers: { location: `${ctx.url()}/api/v2/tickets/${id}.json` },
    };
  });
}

function requesterOf(ctx: Context, input: TicketUpdate): number {
  const requesterInput = input["requester"] as TicketUpdate | undefined;
  if (requesterInput === undefined)
    return typeof input["requester_id"] === "number" ? input["requester_id"] : ctx.world.zendesk.integrationUser;
  const email = typeof requesterInput["email"] === "string" ? requesterInput["email"] : "";
  const previous = ctx.world.zendesk.identities.by("value", email.toLowerCase())[0];
  if (previous) return previous.user_id;
  if (typeof requesterInput["name"] !== "string")
    return invalid("requester", "Requester: Name: is too short (minimum one character)", "BlankValue");
  return createUser(ctx, requesterInput).id;
}

/** The same key and body returns the first response. The same key with another body is refused. Keys expire after two hours. */
function idempotently(ctx: Context, call: Call, work: () => ResponseParts): ResponseParts {
  const key = call.headers.get("idempotency-key");
  if (key === null) return work();
  const row = `zendesk.idempotency:${key}`;
  const digest = createHash("sha256").update(call.text).digest("base64url");
  const previous = ctx.world.meta.get(row)?.value as { digest: string; answer: ResponseParts; expiresAt: number } | undefined;
  if (previous && previous.expiresAt > ctx.clock.now()) {
    if (previous.digest !== digest)
      return fail(
        400,
        "IdempotentRequestError",
        "The request parameters do not match those of the original request with this idempotency key",
      );
    return { ...previous.answer, headers: { ...previous.answer.headers, "x-idempotency-lookup": "hit" } };
  }
  return ctx.world.change(() => {
    const answer = work();
    ctx.world.meta.put({ key: row, value: { digest, answer, expiresAt: ctx.clock.now() + 2 * 3_600_000 } });
    return { ...answer, headers: { ...answer.headers, "x-idempotency-lookup": "miss" } };
  });
}

const JOB = "zendesk.job:";

interface StoredJob {
  job: object;
  /** When the job reports that it is completed. */
  readyAt: number;
}

/** The four properties of every result. */
const failure = (id: number, details: string): object => ({
  id,
  action: "update",
  status: "Failed",
  success: false,
  error: "TicketUpdateFailed",
  details,
});

/** Does the work at once and returns a job. The job reports completion later. */
function updateMany(ctx: Context, call: Call, ticketById: (id: number) => ZdTicket): ResponseParts {
  const input = body(call);
  const ids = call.query.get("ids");
  const changes: TicketUpdate[] =
    ids !== null
      ? idList(ids).map((id) => ({ ...(input["ticket"] as TicketUpdate), id: numeric(id) }))
      : ((input["tickets"] as TicketUpdate[] | undefined) ?? []);
  if (changes.length === 0) return fail(400, "ParameterMissing", "Required parameter missing: ids or tickets");
  if (changes.length > 100) return fail(400, "TooManyValues", "Too many tickets; the maximum is 100");
  const results = changes.map((change) => {
    const id = Number(change["id"]);
    try {
      const ticket = ticketById(id);
      if (ticket.status === "closed") return failure(id, "Status: closed prevents ticket update");
      const { additional_tags, remove_tags, id: _, ...attributes } = change;
      const next = apply(ctx, ticket, attributes);
      const removedTags = new Set(tagList(remove_tags));
      next.tags = [...new Set([...next.tags, ...tagList(additional_tags)])].filter((tag) => !removedTags.has(tag));
      store(ctx, ticket, next, change, nowIso(ctx));
      return { id, action: "update", status: "Updated", success: true };
    } catch (error) {
      return failure(id, error instanceof Error ? error.message : "");
    }
  });
  const id = randomBytes(16).toString("hex");
  const job = { id, job_type: "Bulk Update Ticket", url: `${ctx.url()}/api/v2/job_statuses/${id}.json`, total: changes.length };
  const completion = { ...job, progress: changes.length, status: "completed", message: `Completed at ${nowIso(ctx)}`, results };
  const value: StoredJob = { job: completion, readyAt: ctx.clock.now() + ctx.limits.zendesk.jobSeconds * 1000 };
  ctx.world.change(() => ctx.world.meta.put({ key: JOB + id, value }));
  return { status: 200, body: { job_status: { ...job, progress: null, status: "queued", message: null, results: null } } };
}
