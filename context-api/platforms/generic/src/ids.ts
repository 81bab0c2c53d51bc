/** An event's id is the sender's, or a generated one when the sender gives none. */
export const eventId = (id: string): string | null =>
  id !== "" && id.length <= 200 && id.isWellFormed() && !/\p{Cc}/u.test(id) ? id : null;

/** A keyed hash of the customer's identifiers in an event, so that the id reveals nothing. */
export const personId = (id: string): string | null => (/^[A-Za-z0-9_-]{22}$/.test(id) ? id : null);
