import type { KeyObject } from "node:crypto";

/** How people sign in to a panel with a token that their platform signs (a JWT, RS256). */
export interface PanelSignIn {
  /** Names of the installation, as they stand in the URL that the platform posts the token to. Empty when it posts none. */
  installations: readonly string[];
  /** Origins of the platform's pages that may embed the panel. */
  pageOrigins: readonly string[];
  /** The role of people without a grant in the configuration. */
  role: "agent" | "rep";
  issuer: string;
  audience: string;
  /** Claims without which a token is refused, besides `exp`, `iat`, `iss`, `aud` and `sub`. */
  requiredClaims: readonly string[];
  /** Longest time from `iat` until a token is refused, ms. */
  maxAgeMs: number;
  /**
   * The keys that may have signed a token. `isFresh` reads them again, if they were not read a short time ago: for a signature that none
   * of them made.
   * @throws {PlatformError} when they cannot be read
   */
  keys(options?: { isFresh: boolean }): Promise<readonly KeyObject[]>;
  /** What verified claims say of the person; a sentence with the reason when they cannot be used. */
  personOf(claims: Readonly<Record<string, unknown>>): SignedInPerson | string;
  /** Beginnings of the refs that a person at a place may read. Not used for a person who is bound to one ref. */
  readableRefs(place: string): readonly string[];
}

/** A person as a verified token names them. */
export interface SignedInPerson {
  /** Their own record: `zendesk.user:7`. */
  ref: string;
  /** Null when the platform does not report it. */
  name: string | null;
  /** The place of the panel, in the platform's words. */
  place: string;
  /** The only ref that they may read; null when the place decides. */
  boundTo: string | null;
  /** API names of their permission sets; null for a platform without them. */
  permissionSets: readonly string[] | null;
}
