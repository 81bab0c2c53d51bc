import type { ZdOrganization, ZdTicket, ZdUser } from "../../world/types.ts";
import type { Context } from "../context.ts";
import type { Routes } from "../router.ts";
import { fail, type ResponseParts } from "./errors.ts";
import { list } from "./paging.ts";
import * as render from "./render.ts";
import { fits, inOrder, loosely, parseTerms, type Term } from "./terms.ts";

const STATUS = ["new", "open", "pending", "hold", "solved", "closed"];
const PRIORITY = ["low", "normal", "high", "urgent"];

export function userFits(ctx: Context, term: Term, u: ZdUser): boolean {
  const emails = ctx.world.zendesk.identities
    .by("user_id", u.id)
    .filter((i) => i.type === "email")
    .map((i) => i.value);
  switch (term.property) {
    case null:
      return [u.name, u.phone, u.notes, ...emails].some(
        (text) => loosely(term, text) || (term.quoted && (text ?? "").toLowerCase().includes(term.value.toLowerCase())),
      );
    case "type":
      return term.value === "user";
    case "email":
    case "user":
      return (
        emails.some((email) => loosely(term, email)) ||
        (term.property === "user" && (loosely(term, u.name) || String(u.id) === term.value))
      );
    case "name":
      return loosely(term, u.name);
    case "phone":
      return (u.phone ?? "").replace(/\D/g, "").endsWith(term.value.replace(/\D/g, ""));
    case "external_id":
      return u.external_id === term.value;
    case "role":
      return u.role === term.value;
    case "organization":
      return organizationIs(ctx, term, u.organization_id);
    case "tags":
      return u.tags.includes(term.value);
    default:
      return false;
  }
}

function organizationIs(ctx: Context, term: Term, id: number | null): boolean {
  if (term.value === "none") return id === null;
  const organization = id === null ? undefined : ctx.world.zendesk.organizations.get(id);
  return organization !== undefined && (String(organization.id) === term.value || loosely(term, organization.name));
}

function ticketFits(ctx: Context, term: Term, t: ZdTicket): boolean {
  const user = (id: number | null): boolean => {
    const owner = id === null ? undefined : ctx.world.zendesk.users.get(id);
    return owner !== undefined && userFits(ctx, { ...term, property: "user" }, owner);
  };
  switch (term.property) {
    case null:
      return [t.subject, t.description, ...t.tags].some(
        (text) => loosely(term, text) || (term.quoted && text.toLowerCase().includes(term.value.toLowerCase())),
      );
    case "type":
      return term.value === "ticket" || t.type === term.value;
    case "ticket_type":
      return t.type === term.value;
    case "id":
      return String(t.id) === term.value;
    case "status":
      return inOrder(term.operator, STATUS.indexOf(t.status), STATUS.indexOf(term.value));
    case "priority":
      return inOrder(term.operator, PRIORITY.indexOf(t.priority ?? ""), PRIORITY.indexOf(term.value));
    case "subject":
      return loosely(term, t.subject);
    case "requester":
      return user(t.requester_id);
    case "assignee":
      return term.value === "none" ? t.assignee_id === null : user(t.assignee_id);
    case "submitter":
      return user(t.submitter_id);
    case "organization":
      return organizationIs(ctx, term, t.organization_id);
    case "tags":
      return t.tags.includes(term.value);
    case "external_id":
      return t.external_id === term.value;
    case "created":
      return inOrder(term.operator, Date.parse(t.created_at), Date.parse(term.value));
    case "updated":
      return inOrder(term.operator, Date.parse(t.updated_at), Date.parse(term.value));
    default:
      return false;
  }
}

function organizationFits(term: Term, o: ZdOrganization): boolean {
  switch (term.property) {
    case null:
    case "name":
      return loosely(term, o.name) || o.domain_names.some((domain) => loosely(term, domain));
    case "type":
      return term.value === "organization";
    case "external_id":
      return o.external_id === term.value;
    default:
      return false;
  }
}

type SearchMatch = { id: number; updated_at: string; created_at: string; wire: () => unknown };

export function searchRoutes(routes: Routes<ResponseParts>, ctx: Context): void {
  const zd = ctx.world.zendesk;
  routes.on("GET", "/api/v2/search", (call) => {
    const query = call.query.get("query");
    if (!query?.trim()) return fail(422, "invalid", "Invalid search: query is required");
    const terms = parseTerms(query);
    const types = new Set(terms.filter((t) => t.property === "type").map((t) => t.value));
    const matchesAll = types.size === 0;
    const matches: SearchMatch[] = [];
    const add = <T extends ZdTicket | ZdUser | ZdOrganization>(
      type: string,
      items: Iterable<T>,
      test: (term: Term, item: T) => boolean,
      wire: (item: T) => object,
    ): void => {
      if (!matchesAll && !types.has(type)) return;
      for (const item of items) {
        if (fits(terms, item, (term, i) => test(term, i as T))) {
          matches.push({
            id: item.id,
            updated_at: item.updated_at,
            created_at: item.created_at,
            wire: () => ({ ...wire(item), result_type: type }),
          });
        }
      }
    };
    add(
      "ticket",
      [...zd.tickets.values()].filter((t) => t.status !== "deleted"),
      (term, t) => ticketFits(ctx, term, t),
      (t) => render.ticket(ctx, t),
    );
    add(
      "user",
      [...zd.users.values()].filter((u) => u.active),
      (term, u) => userFits(ctx, term, u),
      (u) => render.user(ctx, u),
    );
    add("organization", zd.organizations.values(), organizationFits, (o) => render.organization(ctx, o));
    const sortField = call.query.get("sort_by") === "created_at" ? "created_at" : "updated_at";
    const sign = call.query.get("sort_order") === "asc" ? 1 : -1;
    matches.sort((a, b) => (a[sortField] < b[sortField] ? -1 : a[sortField] > b[sortField] ? 1 : a.id - b.id) * sign);
    // "The Search API returns up to 1,000 results per query."
    const page = Number(call.query.get("page") ?? 1) * Number(call.query.get("per_page") ?? 100);
    if (page > 1_000)
      return fail(422, "invalid", "Invalid search: Requested response size was greater than Search Response Limits");
    return {
      status: 200,
      body: { ...list(ctx, call, "results", matches.slice(0, 1_000), (f) => f.wire()), count: matches.length, facets: null },
    };
  });
}
