import { createPrivateKey, randomUUID } from "node:crypto";
import { SignJWT } from "jose";

/** The running user of the org, and the certificate in Setup → Certificate and Key Management. */
export interface RunningUser {
  organizationId: string;
  userId: string;
  name: string;
  permissionSets: readonly string[];
  /** PEM of the private key that belongs to the certificate. */
  privateKey: string;
  /** Epoch ms. */
  now: () => number;
}

/** SidelightAssertion.cls: names the running user to the API, for one record and one call. */
export function signAssertion(user: RunningUser, ref: string): Promise<string> {
  return signClaims(user, assertionClaims(user, ref));
}

/** The claims, for a test to change. */
export function assertionClaims({ organizationId, userId, name, permissionSets, now }: RunningUser, ref: string) {
  const seconds = Math.floor(now() / 1000);
  return {
    ...{ iss: organizationId, aud: "urn:sidelight:panel", sub: userId, jti: randomUUID() },
    ...{ iat: seconds, nbf: seconds, exp: seconds + 60 },
    ...{ name, permissionSets: [...permissionSets], place: "record", ref },
  };
}

export const signClaims = ({ privateKey }: Pick<RunningUser, "privateKey">, claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(createPrivateKey(privateKey));
