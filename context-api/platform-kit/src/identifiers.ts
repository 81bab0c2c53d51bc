import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { type FieldMapping, noFields } from "./fieldAccess.ts";

/** Settings whose mapping, which defines how records are read, has the tenant's identifier rules and its fields. */
export type WithIdentifiers<Options extends { mapping: object }> = Options & {
  mapping: { identifiers: Identifiers; fields: FieldMapping };
};

export const withIdentifiers = <Options extends { mapping: object }>(
  options: Options,
  identifiers: Identifiers,
  fields: FieldMapping = noFields,
): WithIdentifiers<Options> => ({ ...options, mapping: { ...options.mapping, identifiers, fields } });
