import { createPrivateKey, type KeyObject } from "node:crypto";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { readOAuthError } from "@sidelight/platform-kit/oauthError.ts";
import { SignJWT } from "jose/jwt/sign";
import type { SalesforceAuth, SalesforceOptions } from "./options.ts";

const platform = "salesforce";
/** Lifetime of an assertion. Salesforce accepts three minutes at most; one is left for clock skew. */
const assertionSeconds = 120;
const minKeyBits = 2048;

/** Name of the secret that a connection signs in with. */
export const secretOf = (auth: SalesforceAuth): string => (auth.flow === "jwt" ? auth.privateKey : auth.clientSecret);

/**
 * Form of the token request to `/services/oauth2/token`.
 * @param secret the client secret, or the private key in PEM
 * @param now epoch ms
 * @throws {PlatformError} when the private key cannot be used
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

/** The cause is dropped, because its message could contain parts of the key. */
function readKey(pem: string): KeyObject {
  try {
    // Environment variables often contain line breaks as \n.
    const key = createPrivateKey(pem.replaceAll("\\n", "\n"));
    const isUsable = key.asymmetricKeyType === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= minKeyBits;
    if (isUsable) return key;
  } catch {}
  throw new PlatformError(
    "invalid_credentials",
    platform,
    `The private key cannot be used. It must be RSA of at least ${minKeyBits} bits, in PEM, without a passphrase.`,
  );
}

/** Known error texts of Salesforce and their explanation. Salesforce's own text is not shown, because it may contain data. */
const reasons: readonly [RegExp, string][] = [
  [/hasn't approved this consumer|not admin approved/i, "the app has not pre-authorized this user"],
  [/audience|app_not_found|not installed in this org/i, "the assertion is for another org; its audience must be My Domain"],
  [/invalid assertion/i, "the private key does not match the app's certificate"],
  [/expired authorization code/i, "the assertion has expired; check the clock of this machine"],
  [/no client credentials user/i, "the app has no user to run as"],
  [/not supported on this domain/i, "the URL must be My Domain"],
  [/client identifier invalid|invalid_client_id/i, "there is no app with this consumer key"],
  [/invalid client credentials|invalid_client/i, "the consumer secret does not belong to the app"],
  [/inactive|locked|frozen/i, "the user is inactive or locked"],
];

/** Error of a refused token request, without text of Salesforce. A state that passes is no fault of the credentials. */
export function refusal(status: number, body: string): PlatformError {
  const oauthError = readOAuthError(body);
  if (!oauthError) return unexpectedRefusal(status, body);
  const errorText = `${oauthError.error} ${oauthError.error_description}`;
  if (/login.?rate.?exceeded/i.test(errorText))
    return new PlatformError("rate_limited", platform, "Salesforce accepts no more sign-ins of this user for now.", { status });
  if (/retry your request|server_error|temporarily_unavailable/i.test(errorText))
    return new PlatformError("unavailable", platform, "Salesforce could not serve the sign-in at the moment.", { status });
  const reason = reasons.find(([pattern]) => pattern.test(errorText))?.[1];
  const message = `Salesforce refused the sign-in${reason ? `: ${reason}` : ""}.`;
  return new PlatformError("invalid_credentials", platform, message, { status });
}

/** An error of the REST API, or of what is between us and Salesforce. */
function unexpectedRefusal(status: number, body: string): PlatformError {
  if (/"REQUEST_LIMIT_EXCEEDED"/.test(body))
    return new PlatformError("rate_limited", platform, "The org has no API requests left for the sign-in.", { status });
  return new PlatformError("unavailable", platform, `Salesforce answered the sign-in with ${status} and no OAuth error.`, {
    status,
    nextAction: "Check the URL of the connection, and whether a proxy of the network answers in its place.",
  });
}
