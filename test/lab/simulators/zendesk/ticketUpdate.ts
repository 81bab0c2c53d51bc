/** Attributes of a ticket as a client sends them. */
export type TicketUpdate = Record<string, unknown>;
