/** Distinct ids are whatever the customer's product chose: kept as they are, within Mixpanel's 255 characters. */
export const distinctId = (id: string): string | null =>
  id !== "" && id.length <= 255 && id.isWellFormed() && !/[\p{Cc}]/u.test(id) ? id : null;

/** `4711`; Mixpanel's are numbers, and it alone gives them out. */
export const cohortId = (id: string): string | null => (/^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : null);

/** `4711/ada`: somebody in a cohort. */
export function membershipId(id: string): string | null {
  const { cohort, user } = partsOfMembership(id);
  return cohortId(cohort) && distinctId(user) ? id : null;
}

/** A cohort's id holds no slash, whatever a distinct id holds. */
export function partsOfMembership(id: string): { cohort: string; user: string } {
  const slash = id.indexOf("/");
  return { cohort: id.slice(0, Math.max(0, slash)), user: id.slice(slash + 1) };
}
