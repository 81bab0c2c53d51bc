import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";

/** Settings whose mapping, which defines how records are read, has the tenant's identifier rules. */
export type WithIdentifiers<Options extends { mapping: object }> = Options & { mapping: { identifiers: Identifiers } };

export const withIdentifiers = <Options extends { mapping: object }>(
  options: Options,
  identifiers: Identifiers,
): WithIdentifiers<Options> => ({ ...options, mapping: { ...options.mapping, identifiers } });
