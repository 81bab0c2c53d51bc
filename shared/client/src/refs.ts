/** Refs name customers. The API converts them to canonical form. */
export const refs = {
  /** An object of a platform: `refs.of("zendesk.ticket", 5158)`. */
  of: (object: `${string}.${string}`, id: number | string) => `${object}:${id}`,
  email: (address: string) => `email:${address}`,
  /** In international form: "+14155550100". */
  phone: (number: string) => `phone:${number}`,
  /** "acme.com" */
  domain: (name: string) => `domain:${name}`,
} as const;

/** True for a ref that is a personal value: it must not be in a URL, where proxies and logs would keep it. */
export const isPersonal = (ref: string): boolean => /^(email|phone):/.test(ref);
