import { z } from "zod";

const OAuthError = z.object({ error: z.string(), error_description: z.string().catch("") });

/**
 * The error of a refused token request (RFC 6749, section 5.2); null when the body is none. Then a proxy, a firewall or another part of
 * the platform has answered, and the credentials may be good.
 */
export function readOAuthError(body: string): z.infer<typeof OAuthError> | null {
  try {
    return OAuthError.safeParse(JSON.parse(body)).data ?? null;
  } catch {
    return null;
  }
}

/** Of RFC 6749, section 5.2. */
const standardErrors: readonly string[] = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
];

/** True for one of the errors that the standard names. Errors of an API can have the same form. */
export const isStandardOAuthError = (body: string): boolean => standardErrors.includes(readOAuthError(body)?.error ?? "");
