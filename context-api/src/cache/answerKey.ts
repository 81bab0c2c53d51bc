/** The beginning of all keys of a tenant's answers. */
export const tenantPrefix = (tenant: string): string => `${JSON.stringify(tenant)}\n`;

/** The key of an answer of a tenant's configuration. Equal parts give equal answers. */
export const answerKey = (tenant: string, configVersion: string, parts: readonly unknown[]): string =>
  `${tenantPrefix(tenant)}${JSON.stringify([configVersion, ...parts])}`;
