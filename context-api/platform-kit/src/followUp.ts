/** What a person has to do about a customer, as it was asked for in a panel. */
export interface FollowUp {
  /** Ref of what the panel shows: a ticket, a case, a person, a company. */
  about: string;
  /** Refs of the customer's records on this platform; null without one. */
  person: string | null;
  company: string | null;
  subject: string;
  text: string | null;
  /** Who does it: ref of a user, and the name to show for them. */
  owner: { ref: string; name: string | null } | null;
  /** Ref of the user who owns the customer's account on this platform; null without one. */
  accountOwner: string | null;
  /** A calendar day. */
  dueDate: string;
}

/** The action that creates a follow-up, with its input. */
export interface FollowUpAction {
  /** Name of an action of the same connection. */
  action: string;
  input: unknown;
}
