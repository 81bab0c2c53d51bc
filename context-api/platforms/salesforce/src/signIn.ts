import { createPrivateKey, type KeyObject } from "node:crypto";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { SignJWT } from "jose/jwt/sign";
import { z } from "zod";
import type { SalesforceAuth, SalesforceOptions } from "./options.ts";

const platform = "salesforce";
/** Salesforce takes three minutes at most; the third is left to clocks that differ. */
const assertionSeconds = 120;
const smallestKeyBits = 2048;

/** Name of the secret that a connection signs in by. */
export const secretOf = (auth: SalesforceAuth): string => (auth.flow === "jwt" ? auth.privateKey : auth.clientSecret);

/**
 * What is sent to `/services/oauth2/token`.
 * @param secret the client's secret, or the private key in PEM
 * @param now epoch ms
 * @throws {PlatformError} when the private key can't be used
 */
export async function grant({ auth, url }: SalesforceOptions, secret: string, now: number): Promise<URLSearchParams> {
  if (auth.flow !== "jwt") {
    return new URLSearchParams({ grant_type: "client_credentials", client_id: auth.clientId, client_secret: secret });
  }
  const assertion = await new SignJWT()
    .setProtectedHeader({ alg: "RS256" })
    .setIssuer(auth.clientId)
    .setSubject(auth.username)
    .setAudience(auth.audience ?? url.replace(/\/$/, ""))
    .setExpirationTime(Math.floor(now / 1000) + assertionSeconds)
    .sign(readKey(secret));
  return new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
}

/** The cause is dropped: what can't be read is never quoted. */
function readKey(pem: string): KeyObject {
  try {
    // An environment's variable often holds its line breaks as \n.
    const key = createPrivateKey(pem.replaceAll("\\n", "\n"));
    const isFit = key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= smallestKeyBits;
    if (isFit) return key;
  } catch {}
  throw new PlatformError(
    "invalid_credentials",
    platform,
    `The private key can't be used: RSA of ${smallestKeyBits} bits or more is needed, in PEM and without a passphrase.`,
  );
}

const Refusal = z.object({ error: z.string(), error_description: z.string().catch("") });

/** What Salesforce says, and what it means to whoever set the connection up. Its own words are not repeated. */
const reasons: readonly [RegExp, string][] = [
  [/hasn't approved this consumer|not admin approved/i, "the app doesn't have this user pre-authorised"],
  [/audience|app_not_found|not installed in this org/i, "the assertion is for another org; its audience should be My Domain"],
  [/invalid assertion/i, "the private key doesn't fit the app's certificate"],
  [/expired authorization code/i, "the assertion had ended; the clocks may differ"],
  [/no client credentials user/i, "the app has no user to run as"],
  [/not supported on this domain/i, "the address must be My Domain"],
  [/client identifier invalid|invalid_client_id/i, "there is no app with this consumer key"],
  [/invalid client credentials|invalid_client/i, "the consumer secret isn't the app's"],
  [/inactive|locked|frozen/i, "the user is inactive or locked"],
];

/** Why no token came, in words that may be shown. */
export function refusal(status: number, body: string): PlatformError {
  const said = readRefusal(body);
  const reason = reasons.find(([pattern]) => pattern.test(said))?.[1];
  const message = `Salesforce refused the sign-in${reason ? `: ${reason}` : ""}.`;
  return new PlatformError("invalid_credentials", platform, message, { status });
}

function readRefusal(body: string): string {
  try {
    const { error, error_description } = Refusal.parse(JSON.parse(body));
    return `${error} ${error_description}`;
  } catch {
    return "";
  }
}
