import { createIdentifiers, type Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { Country } from "@sidelight/model/identifiers/phoneNumber.ts";
import type { TenantConfig } from "./schema.ts";

/** The part of a tenant's configuration that the rules depend on. */
export type IdentifierConfig = Pick<TenantConfig, "defaultCountry" | "freeMailDomains">;

/** The country of a tenant's national phone numbers. The configuration's schema has checked the code. */
export const defaultCountryOf = ({ defaultCountry }: Pick<TenantConfig, "defaultCountry">): Country | null =>
  defaultCountry as Country | null;

/** The rules by which a tenant's identifiers become canonical. */
export const identifiersOf = (config: IdentifierConfig): Identifiers =>
  createIdentifiers({ defaultCountry: defaultCountryOf(config), freeMailDomains: config.freeMailDomains });
