import { isBanned } from "./actions/values.ts";

/** The customer's product chooses distinct ids freely: they are kept as they are, up to Mixpanel's 255 characters. */
export const distinctId = (id: string): string | null =>
  id !== "" && id.length <= 255 && id.isWellFormed() && !/[\p{Cc}]/u.test(id) ? id : null;

/** False for a placeholder that clients send by mistake: it names no single user. */
export const isIdentifying = (id: string): boolean => distinctId(id) !== null && !isBanned(id);

/** `4711`. Mixpanel assigns them, as numbers. */
export const cohortId = (id: string): string | null => (/^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : null);

/** `4711/ada`: a user in a cohort. */
export function membershipId(id: string): string | null {
  const { cohort, user } = partsOfMembership(id);
  return cohortId(cohort) && distinctId(user) ? id : null;
}

/** Splits a membership id. A cohort's id contains no slash; a distinct id may. */
export function partsOfMembership(id: string): { cohort: string; user: string } {
  const slash = id.indexOf("/");
  return { cohort: id.slice(0, Math.max(0, slash)), user: id.slice(slash + 1) };
}
