const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

export const PREFIX = {
  Account: "001",
  Contact: "003",
  User: "005",
  Opportunity: "006",
  Group: "00G",
  Lead: "00Q",
  Task: "00T",
  Event: "00U",
  Organization: "00D",
  Case: "500",
} as const;

/** The three check characters: one bit per upper-case letter, five letters to a character. */
export function checksum(id15: string): string {
  let suffix = "";
  for (let chunk = 0; chunk < 3; chunk++) {
    let bits = 0;
    for (let i = 0; i < 5; i++) {
      const c = id15[chunk * 5 + i]!;
      if (c >= "A" && c <= "Z") bits |= 1 << i;
    }
    suffix += SUFFIX[bits];
  }
  return suffix;
}

/** A realistic 18-character id: key prefix, pod, nine base-62 digits, checksum. */
export function salesforceId(prefix: string, pod: string, counter: number): string {
  let digits = "";
  let remaining = counter;
  for (let i = 0; i < 9; i++) {
    digits = BASE62[remaining % 62]! + digits;
    remaining = Math.floor(remaining / 62);
  }
  const id15 = `${prefix}${pod}0${digits}`;
  return id15 + checksum(id15);
}

export const SALESFORCE_ID = /^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/;

/** The 18-character form, or undefined for an invalid id. */
export function canonicalId(id: string): string | undefined {
  if (!SALESFORCE_ID.test(id)) return undefined;
  if (id.length === 15) return id + checksum(id);
  const id15 = id.slice(0, 15);
  return checksum(id15) === id.slice(15).toUpperCase() ? id15 + id.slice(15).toUpperCase() : undefined;
}
