import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import type { Secrets } from "../../world/store.ts";

// Signed URLs: Zendesk opens an app with a form that contains a token, and publishes the key with which it signs.

/** The app, and its installation in each account. */
export const appId = "4711";
export const installationId = (tenant: string): string => (tenant === "acme" ? "815" : "816");

const tokenSeconds = 300;

interface KeyPair {
  privateKey: string;
  publicKey: string;
}

/** An account keeps its key while its simulator runs. */
const keyPairs = new WeakMap<Secrets, KeyPair>();

export function appKeyOf(secrets: Secrets): KeyPair {
  const existing = keyPairs.get(secrets);
  if (existing) return existing;
  return replaceAppKey(secrets);
}

/** Signs with a new key from now on, as after a rotation. */
export function replaceAppKey(secrets: Secrets): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const pair = { privateKey, publicKey };
  keyPairs.set(secrets, pair);
  return pair;
}

export interface SignedUrl {
  tenant: string;
  userId: number | string;
  /** Place of the app: `ticket_sidebar`. */
  location: string;
  /** Query of the URL that the form is posted to. It differs for each frame, so tokens of one second differ too. */
  query?: string;
  /** Epoch ms. */
  now: number;
}

/** The claims of the token, for a test to change. */
export function signedUrlClaims({ tenant, userId, location, now, query = "" }: SignedUrl) {
  const seconds = Math.floor(now / 1000);
  const account = `https://${tenant}.zendesk.com`;
  return {
    iss: `${tenant}.zendesk.com`,
    aud: `${account}/api/v2/apps/installations/${installationId(tenant)}.json`,
    sub: `${account}/api/v2/users/${userId}.json`,
    ...{ iat: seconds, nbf: seconds, exp: seconds + tokenSeconds },
    qsh: createHash("sha256").update(query).digest("hex"),
    context: { product: "support", location },
  };
}

/** The member `token` of the form that Zendesk posts. */
export const signUrl = async (secrets: Secrets, claims: Record<string, unknown>): Promise<string> => {
  const key = createPrivateKey(appKeyOf(secrets).privateKey);
  return await new SignJWT(claims).setProtectedHeader({ alg: "RS256", typ: "JWT" }).sign(key);
};
