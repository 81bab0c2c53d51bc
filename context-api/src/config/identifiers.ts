import { createIdentifiers, type Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { Country } from "@sidelight/model/identifiers/phoneNumber.ts";
import type { TenantConfig } from "./schema.ts";

/** The part of a tenant's configuration that the rules depend on. */
export type IdentifierConfig = Pick<TenantConfig, "defaultCountry" | "freeMailDomains"> & {
  identity?: Pick<TenantConfig["identity"], "evidence">;
};

/** The country of a tenant's national phone numbers. The configuration's schema has checked the code. */
export const defaultCountryOf = ({ defaultCountry }: Pick<TenantConfig, "defaultCountry">): Country | null =>
  defaultCountry as Country | null;

const identifiersByConfig = new WeakMap<IdentifierConfig, Identifiers>();

/** The rules by which a tenant's identifiers become canonical, and what identifies no customer. */
export function identifiersOf(config: IdentifierConfig): Identifiers {
  const existing = identifiersByConfig.get(config);
  if (existing) return existing;
  const { freeMailDomains, identity } = config;
  const defaultCountry = defaultCountryOf(config);
  const identifiers = createIdentifiers({ defaultCountry, freeMailDomains, ...(identity && { evidence: identity.evidence }) });
  identifiersByConfig.set(config, identifiers);
  return identifiers;
}
