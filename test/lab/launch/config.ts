import { stringify } from "yaml";
import type { LabTenant } from "../simulators/lab.ts";
import { appId, installationId } from "../simulators/zendesk/signedUrl.ts";
import { labFields } from "./fields.ts";
import { zendeskAgent } from "./people.ts";
import type { WebhookSecrets } from "./state.ts";

const zones: Record<string, string> = { acme: "UTC", globex: "Europe/Berlin" };
const zendeskPlans: Record<string, number> = { acme: 700, globex: 200 };

/** The configuration as a company would write it, with simulators in place of the platforms. */
export function labConfig(
  tenants: Record<string, LabTenant>,
  pagesUrl: string,
  webhooks: Record<string, WebhookSecrets> = {},
  {
    hasRoutes = false,
    hasFields = false,
    hasCards = false,
    consoleUrl,
  }: { hasRoutes?: boolean; hasFields?: boolean; hasCards?: boolean; consoleUrl?: string | null } = {},
): string {
  const config = {
    version: 1,
    // No limit for benchmarks.
    http: { home: `${pagesUrl}/`, requestsPerMinute: 10_000_000, stopGraceSeconds: 0 },
    secrets: { provider: "file", path: "secrets.json" },
    tenants: Object.fromEntries(
      Object.entries(tenants).map(([name, tenant]) => [
        name,
        {
          timeZone: zones[name] ?? "UTC",
          ...(hasRoutes ? { routing: labRouting(tenant) } : {}),
          ...(hasFields ? { fields: labFields } : {}),
          ...(consoleUrl === undefined ? {} : { alerts: labAlerts(name, tenant, consoleUrl), costs: labCosts }),
          // The administrator of the account may reveal values; everybody else has the rights of their role.
          people: { [`zendesk.user:${zendeskAgent(tenant.world, "admin").id}`]: { role: "agent", reveal: true } },
          permissionSets: { Sidelight_User: "rep" },
          connections: connections(name, tenant, `${pagesUrl}/${name}`, {
            hasWebhooks: name in webhooks,
            hasCards: hasCards && name === "acme",
          }),
        },
      ]),
    ),
  };
  return `# Written at each start of the lab. The configuration of a company has the same form, without the addresses. See docs/configuration.md.\n${stringify(config)}`;
}

/** Alerts go to the channels of the lab. @param consoleUrl null while the port is not known: messages have no links then */
export const labAlerts = (name: string, { channels }: LabTenant, consoleUrl: string | null) => ({
  ...(consoleUrl === null ? {} : { consoleUrl }),
  channels: {
    slack: { webhook: `${name}.alerts.slack` },
    pagerDuty: { endpoint: channels.pagerDuty.endpoint, routingKey: `${name}.alerts.pagerDuty` },
    mail: {
      host: channels.mail.host,
      port: channels.mail.port,
      tls: "none",
      from: "sidelight@lab.example",
      to: [channels.mail.to],
    },
    // The channels of the lab are on this machine.
    allowPrivate: true,
  },
});

/** Examples: what a platform charges is in its contract. */
const labCosts = {
  currency: "EUR",
  monthlyBudget: 1_500,
  connections: {
    zendesk: { plan: "Example plan", monthlyFee: 490, included: 2_000_000 },
    salesforce: { plan: "Example plan", monthlyFee: 750, included: 3_000_000, prices: [{ price: 0.2 }] },
    mixpanel: { unit: "event", currency: "USD", included: 1_000_000, prices: [{ price: 0.28 }] },
  },
};

/** The default routes, with the ids of the platforms' fields that they use. */
export function labRouting({ world }: LabTenant) {
  const field = (title: string) => world.zendesk.fields.find((f) => f.title === title);
  const ticketField = (title: string, type: string) => ({ id: field(title)!.id, type });
  return {
    defaults: true,
    settings: {
      ticketFields: {
        accountValue: ticketField("Account ARR", "decimal"),
        lastActive: ticketField("Last active", "date"),
        sessions30d: ticketField("Sessions in 30 days", "integer"),
        health: ticketField("Health score", "integer"),
      },
      risk: { fallbackOwnerId: world.ids.salesforce.user(0) },
      accountFields: {
        openTickets: "Sidelight_Open_Tickets__c",
        highestPriority: "Sidelight_Highest_Priority__c",
        satisfaction: "Sidelight_Satisfaction__c",
        lastActive: "Sidelight_Last_Active__c",
        sessions30d: "Sidelight_Sessions_30d__c",
        health: "Sidelight_Health__c",
      },
      groupKey: "company_id",
    },
  };
}

/** Sections that the shop of the company fills. */
const labCards = [
  { key: "orders", title: { en: "Orders", de: "Bestellungen" } },
  { key: "invoices", title: { en: "Invoices", de: "Rechnungen" } },
];

function connections(
  name: string,
  { salesforce, zendesk, mixpanel, generic, registered }: LabTenant,
  appUrl: string,
  { hasWebhooks, hasCards }: { hasWebhooks: boolean; hasCards: boolean },
) {
  const secret = (platform: string) => `${name}.${platform}`;
  const webhooks = (...endpoints: { kind: string; token: string }[]) =>
    hasWebhooks ? { webhooks: endpoints.map((endpoint) => ({ ...endpoint, token: secret(`${endpoint.token}.token`) })) } : {};
  return [
    {
      id: "salesforce",
      platform: "salesforce",
      ...webhooks(
        { kind: "outbound-messages", token: "salesforce", ...{ organizationId: salesforce.credentials.organizationId } },
        { kind: "callouts", token: "salesforceCallout", ...{ secret: secret("salesforce.webhook") } },
      ),
      settings: {
        url: salesforce.url,
        appUrl,
        auth: { clientId: salesforce.credentials.clientId, clientSecret: secret("salesforce") },
        // The certificate with which Apex names the running user.
        panel: { organizationId: salesforce.credentials.organizationId, certificates: [registered.salesforce.jwtPublicKey] },
        pullEverySeconds: 60,
      },
    },
    {
      id: "zendesk",
      platform: "zendesk",
      ...webhooks({ kind: "events", token: "zendesk", ...{ secret: secret("zendesk.webhook") } }),
      settings: {
        url: zendesk.url,
        appUrl,
        auth: { clientId: zendesk.credentials.clientId, clientSecret: secret("zendesk") },
        // Agents sign in by signed URLs.
        panel: { appId, installationId: installationId(name), name, subdomain: name },
        requestsPerMinute: zendeskPlans[name] ?? 200,
        // More often than a real account needs, because a person is watching.
        pullEverySeconds: 15,
      },
    },
    {
      id: "mixpanel",
      platform: "mixpanel",
      horizonDays: 90,
      ...webhooks({
        kind: "cohorts",
        token: "mixpanel",
        ...{
          username: "sidelight",
          password: secret("mixpanel.webhook"),
          cohorts: { "Completed onboarding": "completed_onboarding" },
        },
      }),
      settings: {
        projectId: mixpanel.credentials.projectId,
        queryUrl: mixpanel.url,
        exportUrl: mixpanel.url,
        ingestUrl: mixpanel.url,
        appUrl: `${appUrl}/mixpanel`,
        auth: { username: mixpanel.credentials.username, secret: secret("mixpanel") },
        token: secret("mixpanel.project"),
      },
    },
    {
      id: "generic",
      platform: "generic",
      ...webhooks({ kind: "events", token: "generic", ...{ secret: secret("generic.webhook") } }),
      settings: {
        url: generic.url,
        secret: secret("generic.sink"),
        slackUrl: secret("generic.slack"),
        ...(hasCards ? { cards: { url: generic.cardsUrl, secret: secret("generic.sink"), list: labCards } } : {}),
        // The sinks of the lab are on this machine.
        ...{ allowInsecure: true, allowPrivate: true },
      },
    },
  ];
}

export function labSecrets(
  tenants: Record<string, LabTenant>,
  webhooks: Record<string, WebhookSecrets> = {},
): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(webhooks).flatMap(([name, tenantSecrets]) => webhookSecrets(name, tenantSecrets)),
    ...Object.entries(tenants).flatMap(([name, { salesforce, zendesk, mixpanel, generic, channels }]) => [
      [`${name}.alerts.slack`, channels.slackUrl],
      [`${name}.alerts.pagerDuty`, channels.pagerDuty.routingKey],
      [`${name}.salesforce`, salesforce.credentials.clientSecret],
      [`${name}.zendesk`, zendesk.credentials.clientSecret],
      [`${name}.mixpanel`, mixpanel.credentials.secret],
      [`${name}.mixpanel.project`, mixpanel.credentials.token],
      [`${name}.generic.sink`, generic.signingSecret],
      [`${name}.generic.slack`, generic.slackUrl],
    ]),
  ]);
}

function webhookSecrets(name: string, { token, ...secrets }: WebhookSecrets): [string, string][] {
  return [
    ...Object.entries(token).map(([endpoint, value]): [string, string] => [`${name}.${endpoint}.token`, value]),
    [`${name}.zendesk.webhook`, secrets.zendesk],
    [`${name}.salesforce.webhook`, secrets.salesforceCallout],
    [`${name}.mixpanel.webhook`, secrets.mixpanel.password],
    [`${name}.generic.webhook`, secrets.generic],
  ];
}
