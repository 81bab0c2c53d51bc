/** A ticket with the people in it, as the page shows it. */
export interface TicketPage {
  ticket: {
    id: number;
    subject: string;
    status: string;
    priority: string | null;
    type: string | null;
    tags: string[];
    createdAt: string;
    organizationId: number | null;
  };
  requester: { id: number; name: string; email: string };
  assignee: string | null;
  messages: { author: string; fromAgent: boolean; isPublic: boolean; at: string; text: string }[];
}

interface RestTicket {
  id: number;
  subject?: string | null;
  raw_subject?: string | null;
  description?: string | null;
  status: string;
  priority?: string | null;
  type?: string | null;
  tags?: string[];
  created_at: string;
  requester_id: number;
  assignee_id?: number | null;
  organization_id?: number | null;
}
interface RestUser {
  id: number;
  name: string;
  email: string | null;
  role?: string;
}
interface RestComment {
  author_id: number;
  public?: boolean;
  created_at: string;
  plain_body?: string;
  body?: string;
}

type Fetch = (path: string) => Promise<unknown>;

/** Reads a ticket from the REST API; null when there is none. */
export async function readTicket(fetchZendesk: Fetch, id: number): Promise<TicketPage | null> {
  const answer = (await fetchZendesk(`/api/v2/tickets/${id}?include=users`).catch(() => null)) as {
    ticket?: RestTicket;
    users?: RestUser[];
  } | null;
  const ticket = answer?.ticket;
  if (!ticket) return null;
  const users = new Map((answer.users ?? []).map((user) => [user.id, user]));
  const requester = users.get(ticket.requester_id) ?? (await readUser(fetchZendesk, ticket.requester_id));
  return {
    ticket: {
      id: ticket.id,
      subject: ticket.subject ?? ticket.raw_subject ?? `Ticket ${ticket.id}`,
      status: ticket.status,
      priority: ticket.priority ?? null,
      type: ticket.type ?? null,
      tags: ticket.tags ?? [],
      createdAt: ticket.created_at,
      organizationId: ticket.organization_id ?? null,
    },
    requester: { id: ticket.requester_id, name: requester?.name ?? "Unknown", email: requester?.email ?? "" },
    assignee: users.get(ticket.assignee_id ?? -1)?.name ?? null,
    messages: await readMessages(fetchZendesk, ticket, requester, users),
  };
}

async function readUser(fetchZendesk: Fetch, id: number): Promise<RestUser | undefined> {
  const answer = (await fetchZendesk(`/api/v2/users/${id}`).catch(() => null)) as { user?: RestUser } | null;
  return answer?.user;
}

/** The conversation. Without comments the ticket's description is its only message. */
async function readMessages(
  fetchZendesk: Fetch,
  ticket: RestTicket,
  requester: RestUser | undefined,
  users: Map<number, RestUser>,
) {
  const answer = (await fetchZendesk(`/api/v2/tickets/${ticket.id}/comments`).catch(() => null)) as {
    comments?: RestComment[];
  } | null;
  const comments = (answer?.comments ?? []).map((comment) => ({
    author:
      users.get(comment.author_id)?.name ?? (comment.author_id === ticket.requester_id ? (requester?.name ?? "") : "Support"),
    fromAgent: comment.author_id !== ticket.requester_id,
    isPublic: comment.public ?? true,
    at: comment.created_at,
    text: comment.plain_body ?? comment.body ?? "",
  }));
  if (comments.length > 0) return comments;
  const text = ticket.description ?? ticket.subject ?? "";
  return [{ author: requester?.name ?? "", fromAgent: false, isPublic: true, at: ticket.created_at, text }];
}
