/** Refs, by which customers are asked for, from ids at hand. The API brings them to canonical form. */
export const refs = {
  zendeskTicket: (id: number | string) => `zendesk.ticket:${id}`,
  zendeskUser: (id: number | string) => `zendesk.user:${id}`,
  zendeskOrganization: (id: number | string) => `zendesk.organization:${id}`,
  /** 15 or 18 characters; likewise below. */
  salesforceAccount: (id: string) => `salesforce.account:${id}`,
  salesforceContact: (id: string) => `salesforce.contact:${id}`,
  salesforceLead: (id: string) => `salesforce.lead:${id}`,
  salesforceOpportunity: (id: string) => `salesforce.opportunity:${id}`,
  mixpanelUser: (distinctId: string) => `mixpanel.user:${distinctId}`,
  email: (address: string) => `email:${address}`,
  /** In international form: "+14155550100". */
  phone: (number: string) => `phone:${number}`,
  /** "acme.com" */
  domain: (name: string) => `domain:${name}`,
} as const;

/** True for a ref that is a personal value itself: it must not stand in a URL, where proxies and logs would keep it. */
export const isPersonal = (ref: string): boolean => /^(email|phone):/.test(ref);
