/** What personal data is used for. Consent is given and withdrawn for each purpose. */
export const purposes = ["support", "analytics", "sales", "marketing"] as const;
export type Purpose = (typeof purposes)[number];

/** A person's consent as one platform records it. */
export interface RecordedConsent {
  optedOut: boolean;
  withdrawals?: Purpose[];
}

/**
 * The purposes that a record withdraws consent for. A record of an earlier release does not name them: it counts for every purpose
 * but support, until its platform is read again.
 */
export function withdrawalsOf({ optedOut, withdrawals }: RecordedConsent): readonly Purpose[] {
  if (!optedOut) return [];
  return withdrawals ?? ["analytics", "sales", "marketing"];
}

/** True when a record withdraws consent for a purpose. Null means an unknown purpose, which every withdrawal covers. */
export const isWithdrawn = (consent: RecordedConsent, purpose: Purpose | null): boolean => {
  const withdrawals = withdrawalsOf(consent);
  return purpose === null ? withdrawals.length > 0 : withdrawals.includes(purpose);
};

/** The consent members of a person's record. */
export const consentOf = (withdrawals: readonly Purpose[]): RecordedConsent =>
  withdrawals.length === 0 ? { optedOut: false } : { optedOut: true, withdrawals: [...withdrawals] };
