import type { Lab } from "../simulators/lab.ts";
import type { Examples } from "../world/examples.ts";
import type { LabState, RoleKeys, WebhookSecrets } from "./state.ts";

export interface LabAddresses {
  api: string;
  pages: string;
}

/** The content of `lab.json`: addresses, keys and examples for tests and for people. */
export function labFile(lab: Lab, state: LabState, { api, pages }: LabAddresses, examples: Record<string, Examples>) {
  const tenants = Object.entries(lab.tenants).map(([tenant, { salesforce }]) => {
    const { keys, webhooks } = state.tenants[tenant]!;
    return {
      tenant,
      apiKeys: keys as RoleKeys,
      webhooks: webhookAddresses(api, tenant, webhooks, salesforce.credentials.organizationId),
      examples: examples[tenant]!,
    };
  });
  const first = tenants[0]!;
  const { salesforce, zendesk, mixpanel } = lab.tenants[first.tenant]!;
  const { clientId, clientSecret } = salesforce.credentials;
  const { username, secret, projectId, token } = mixpanel.credentials;
  return {
    version: 1,
    url: api,
    ...first,
    simulators: { salesforce: salesforce.url, zendesk: zendesk.url, mixpanel: mixpanel.url },
    credentials: {
      salesforce: { clientId, clientSecret },
      zendesk: { clientId: zendesk.credentials.clientId, clientSecret: zendesk.credentials.clientSecret },
      mixpanel: { username, secret, projectId, token },
    },
    control: lab.control.url,
    pages: {
      home: `${pages}/`,
      zendesk: `${pages}/${first.tenant}/zendesk`,
      salesforce: `${pages}/${first.tenant}/salesforce/`,
      console: `${api}/console`,
      docs: `${api}/docs`,
      gallery: `${pages}/gallery`,
    },
    tenants,
  };
}

/** The webhook endpoints of a tenant with their secrets. */
export function webhookAddresses(api: string, tenant: string, { token, ...secrets }: WebhookSecrets, organizationId: string) {
  const url = (platform: string, connectionToken: string) => `${api}/v1/webhooks/${tenant}/${platform}/${connectionToken}`;
  return {
    zendesk: { url: url("zendesk", token.zendesk), secret: secrets.zendesk },
    salesforce: { url: url("salesforce", token.salesforce), organizationId },
    salesforceCallout: { url: url("salesforce", token.salesforceCallout), secret: secrets.salesforceCallout },
    mixpanel: { url: url("mixpanel", token.mixpanel), ...secrets.mixpanel },
    generic: { url: url("generic", token.generic), secret: secrets.generic },
  };
}
