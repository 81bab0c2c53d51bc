import type { KeyObject } from "node:crypto";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { PanelSignIn, SignedInPerson } from "@sidelight/platform-kit/panelSignIn.ts";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { ulid } from "ulid";
import type { Tenant } from "../../context/tenant.ts";
import { insertUsedToken, useOfToken } from "../../store/tables/usedTokens.ts";
import { ProblemError } from "../problemError.ts";

/** How far the clocks of the platform and of this machine may differ. */
const toleranceMs = 30_000;

/** Why a token was refused. For the log: the person only learns that they have to open the panel again. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

/**
 * Verifies a token that a platform signed for a person: signature (RS256 and nothing else), issuer, audience, times, and that it was not
 * used before, in any process.
 * @throws {SignInRefused} with the reason
 * @throws {ProblemError} overloaded, while the platform's key cannot be read
 */
export async function verifySignIn(
  { log, clock }: Pick<Tenant, "log" | "clock">,
  signIn: PanelSignIn,
  token: string,
): Promise<SignedInPerson> {
  const now = clock.now();
  const claims = await verifiedClaims(signIn, token, now);
  const person = signIn.personOf(claims);
  if (typeof person === "string") throw new SignInRefused(`the token ${person}`);
  const expiresAt = Math.min((claims.exp ?? 0) * 1000, now + signIn.maxAgeMs) + 2 * toleranceMs;
  const isFirstUse = await recordUse({ log }, signedPartOf(token), expiresAt);
  if (!isFirstUse) throw new SignInRefused("the token was used before");
  return person;
}

async function verifiedClaims(signIn: PanelSignIn, token: string, now: number): Promise<JWTPayload> {
  const keys = await keysOf(signIn, false);
  const claims = await claimsBy(keys, signIn, token, now);
  if (claims) return claims;
  // The platform may have replaced its key.
  const newKeys = await keysOf(signIn, true);
  const claimsByNewKey = newKeys === keys ? null : await claimsBy(newKeys, signIn, token, now);
  if (!claimsByNewKey) throw new SignInRefused("no key of the platform made its signature");
  return claimsByNewKey;
}

/** Null when none of the keys made the signature. @throws {SignInRefused} for any other fault */
async function claimsBy(keys: readonly KeyObject[], signIn: PanelSignIn, token: string, now: number): Promise<JWTPayload | null> {
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ["RS256"],
        issuer: signIn.issuer,
        audience: signIn.audience,
        requiredClaims: ["exp", "iat", "iss", "aud", "sub", ...signIn.requiredClaims],
        maxTokenAge: signIn.maxAgeMs / 1000,
        clockTolerance: toleranceMs / 1000,
        currentDate: new Date(now),
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      throw new SignInRefused(reasonOf(error));
    }
  }
  return null;
}

/** Without values of the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "it has expired";
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} is missing or not the expected one`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "it is not signed with RS256";
  return "it is no signed token";
}

async function keysOf(signIn: PanelSignIn, isFresh: boolean): Promise<readonly KeyObject[]> {
  try {
    return await signIn.keys({ isFresh });
  } catch (error) {
    const cause = error instanceof PlatformError ? ` ${error.message}` : "";
    throw new ProblemError("overloaded", `The key that signs the sign-ins could not be read.${cause} Retry in 10 s.`, {
      retryAfterSeconds: 10,
      stage: "authenticate",
      cause: error,
    });
  }
}

/** What the signature covers. The text of the signature itself has other forms that are equally valid. */
const signedPartOf = (token: string): string => token.slice(0, token.lastIndexOf("."));

/** @returns false for a token that was used before */
async function recordUse({ log }: Pick<Tenant, "log">, signedPart: string, expiresAt: number): Promise<boolean> {
  const token = log.identifier("sign-in", signedPart);
  const use = ulid();
  const row = { token, use, expires_at: expiresAt };
  await log.commit({ statements: [insertUsedToken(log.store, row)], correlationId: "sign-in" });
  return (await useOfToken(log.store, token)) === use;
}
