import type { KeyObject } from "node:crypto";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import type { PanelSignIn, SignedInPerson } from "@sidelight/platform-kit/panelSignIn.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { createSigningKeys, isPem, rsaKey } from "@sidelight/platform-kit/signingKeys.ts";
import { z } from "zod";
import type { SalesforceOptions } from "./options.ts";

/** `AUDIENCE` of SidelightAssertion.cls. */
const audience = "urn:sidelight:panel";
/** Apex gives its assertions a minute. */
const maxAgeMs = 60_000;
const userPrefixes = ["005"];

const Claims = z.looseObject({
  sub: z.string(),
  jti: z.string().min(16).max(100),
  ref: z.string().min(1).max(600),
  place: z.string().regex(/^[A-Za-z_]{1,40}$/),
  name: z.string().max(200).nullish(),
  permissionSets: z.array(z.string().max(80)).max(200),
});

/** Sign-in by an assertion that Apex signs with a certificate of the org, for the running user and one record. */
export function salesforceSignIn(
  { certificates, organizationId }: NonNullable<SalesforceOptions["panel"]>,
  { secret, monotonic }: Pick<ConnectionTools, "secret" | "monotonic">,
): PanelSignIn {
  const readKeys = () =>
    Promise.all(certificates.map((certificate) => (isPem(certificate) ? certificate : secret(certificate, { fresh: true }))));
  const keysInFile: KeyObject[] | null = certificates.every(isPem) ? certificates.map((pem) => rsaKey("salesforce", pem)) : null;
  return {
    installations: [],
    pageOrigins: [],
    role: "rep",
    issuer: salesforceId(organizationId) ?? organizationId,
    audience,
    requiredClaims: ["nbf", "jti", "ref"],
    maxAgeMs,
    keys: keysInFile ? async () => keysInFile : createSigningKeys("salesforce", readKeys, monotonic),
    personOf,
    readableRefs: () => [],
  };
}

function personOf(claims: Readonly<Record<string, unknown>>): SignedInPerson | string {
  const parsed = Claims.safeParse(claims);
  if (!parsed.success) return `has no usable ${parsed.error.issues[0]?.path.join(".") || "claims"}`;
  const { sub, ref, place, name, permissionSets } = parsed.data;
  const id = salesforceId(sub, userPrefixes);
  if (id === null) return "names no user";
  const person = `salesforce.user:${id}`;
  // Apex writes ids with 15 or 18 characters.
  const boundTo = ref === `salesforce.user:${sub}` ? person : ref;
  return { ref: person, name: name ?? null, place, boundTo, permissionSets };
}
