/** An event's id is its sender's own, or ours for one that has none. */
export const eventId = (id: string): string | null =>
  id !== "" && id.length <= 200 && id.isWellFormed() && !/\p{Cc}/u.test(id) ? id : null;

/** Made by us of what an event says of its customer: a keyed hash, so that it tells nothing of them. */
export const personId = (id: string): string | null => (/^[A-Za-z0-9_-]{22}$/.test(id) ? id : null);
