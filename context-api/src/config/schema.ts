import { defaultCsatDays } from "@sidelight/contracts/context/csatDays.ts";
import { isTimeZone } from "@sidelight/model/calendar.ts";
import { isCountry } from "@sidelight/model/identifiers/phoneNumber.ts";
import { z } from "zod";
import { AlertsConfig } from "./alerts.ts";
import { CostsConfig } from "./costs.ts";
import { FieldsConfig } from "./fields.ts";
import { IdentityConfig } from "./identity.ts";
import { ObjectivesConfig } from "./objectives.ts";
import { PanelConfig } from "./panelLayout.ts";
import { People, PermissionSets, RoleRights } from "./rights.ts";
import { RoutingConfig } from "./routing.ts";

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes");

export const Role = z.enum(["admin", "service", "agent", "rep"]);
export type Role = z.infer<typeof Role>;

const minutes = z.number().positive();

/** An address or a network in CIDR notation. */
const Network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], "not an IP address or a network, as in 10.0.0.0/8");

/** One webhook endpoint. The platform reads its other members. */
const WebhookConfig = z.looseObject({
  /** A webhook source of the platform: `events`, `outbound-messages`, … */
  kind: z.string(),
  /** Name of the secret at the end of its URL. To change it, add another webhook. */
  token: z.string(),
  /** Networks that may send to it; any when empty. */
  allowFrom: z.array(Network).default([]),
  requestsPerMinute: z.number().int().positive().default(30_000),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

/** How often a stream is pulled, besides what webhooks bring at once. */
const SyncSchedule = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("every"), minutes: z.number().positive() }),
  /** Webhooks bring the changes; pulls only find the lost ones. */
  z.strictObject({ mode: z.literal("realtime"), minutes: z.number().positive().default(60) }),
  z.strictObject({ mode: z.literal("nightly"), at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day, as in 02:30") }),
]);
export type SyncSchedule = z.infer<typeof SyncSchedule>;

export const ConnectionConfig = z.strictObject({
  id: name,
  platform: z.string(),
  environment: z.enum(["production", "sandbox"]).default("production"),
  /** How far back the first backfill goes. */
  horizonDays: z.number().int().positive().max(3650).default(730),
  freshness: z.strictObject({ freshMinutes: minutes, staleMinutes: minutes }).optional(),
  /** When calls of one kind are paused, and until the next probe. */
  circuitBreaker: z
    .strictObject({
      /** Consecutive failures that open a circuit. */
      failures: z.number().int().min(1).max(1_000).default(5),
      /** Seconds until a probe is allowed. */
      openSeconds: z.number().min(1).max(3_600).default(60),
    })
    .prefault({}),
  webhooks: z.array(WebhookConfig).default([]),
  /** By stream, as `GET /v1/connections` names them; `default` for all others. The platform's schedule when left out. */
  sync: z.record(z.string(), SyncSchedule).default({}),
  /** Checked by the platform. */
  settings: z.record(z.string(), z.unknown()).default({}),
});
export type ConnectionConfig = z.infer<typeof ConnectionConfig>;

/** Records, checkpoints and health are stored under a connection's id. */
function refuseRepeatedIds(connections: ConnectionConfig[], { addIssue }: z.RefinementCtx): void {
  for (const [i, { id }] of connections.entries()) {
    const isRepeated = connections.findIndex((connection) => connection.id === id) < i;
    if (isRepeated) addIssue({ code: "custom", path: [i, "id"], message: `another connection has the id ${id}` });
  }
}

/** In calendar days of the tenant's time zone. */
const CustomersConfig = z.strictObject({
  /** A renewal is near so many days before it. */
  renewalDays: z.number().int().min(0).max(730).default(90),
  /** A renewal in the past is listed as overdue for so many days. */
  overdueDays: z.number().int().min(0).max(730).default(30),
  /** A company that used the product, and not for so many days, has gone quiet. */
  quietDays: z.number().int().min(1).max(365).default(14),
});
export type CustomersConfig = z.infer<typeof CustomersConfig>;

export const TenantConfig = z.strictObject({
  timeZone: z.string().default("UTC").refine(isTimeZone, "not an IANA time zone"),
  connections: z.array(ConnectionConfig).superRefine(refuseRepeatedIds).default([]),
  roles: z.partialRecord(Role, RoleRights).default({}),
  /** What single people get at a panel, before everything else. */
  people: People.default({}),
  /** What holders of a platform's permission set get; of several, the first in this list. With a list, people without any get nothing. */
  permissionSets: PermissionSets.default({}),
  /** Who can grant access: a name or an address that panels show to people who lack a right. */
  accessContact: z.string().min(1).max(200).optional(),
  /** Country of phone numbers without a calling code (ISO 3166 alpha-2). Without it, such numbers identify no customer. */
  defaultCountry: z.string().refine(isCountry, "not a country code of ISO 3166, as in FR").nullable().default(null),
  /** Domains of mail services whose addresses name no employer, besides the well-known ones. */
  freeMailDomains: z.array(z.string()).default([]),
  csatDays: z.number().int().positive().default(defaultCsatDays),
  /** Searches on the platforms for customers that are not in the store, and refreshes, per minute and API key. */
  searchesPerMinute: z.number().int().positive().max(100_000).default(60),
  /** How long a cached answer is served before it is read again from the store, by the data in it. Events end it at once. */
  cache: z
    .strictObject({
      contactMinutes: minutes.max(1_440).default(60),
      /** Data without a platform's records: notes, and sections of your own. */
      referenceMinutes: minutes.max(1_440).default(240),
      ticketMinutes: minutes.max(1_440).default(15),
      usageMinutes: minutes.max(1_440).default(5),
    })
    .prefault({}),
  /** Which companies `GET /v1/customers` lists for a reason. */
  customers: CustomersConfig.prefault({}),
  /** What panels show, by role, place and team. */
  panel: PanelConfig,
  routing: RoutingConfig.prefault({}),
  /** How young data has to be. Objects of the sections have defaults. */
  objectives: ObjectivesConfig,
  /** What platforms charge, and what may be spent. */
  costs: CostsConfig,
  /** Fields that Sidelight keeps equal on several platforms. */
  fields: FieldsConfig,
  identity: IdentityConfig,
  /** Who is notified of alerts, and the thresholds of their rules. */
  alerts: AlertsConfig.prefault({}),
  retention: z
    .strictObject({
      /** For earlier versions of records and the payloads of events. Current values stay as long as their source has them. */
      historyDays: z.number().int().positive().max(36_500).default(730),
      /** For quarantined messages that were not released. */
      quarantineDays: z.number().int().positive().max(3_650).default(30),
      /** For the calls to the platforms that `GET /v1/calls` lists. Their totals by the hour are kept for 400 days. */
      callDays: z.number().int().positive().max(90).default(7),
      /** The newest calls that are kept, to the hour. */
      maxCalls: z.number().int().positive().max(10_000_000).default(250_000),
    })
    .prefault({}),
});
export type TenantConfig = z.infer<typeof TenantConfig>;

export const SidelightConfig = z.strictObject({
  version: z.literal(1),
  /** Files that this file is laid over. They are merged before this schema is applied. */
  include: z.array(z.string()).optional(),
  http: z
    .strictObject({
      /** Target of `/`; the API documentation when left out. */
      home: z.url().optional(),
      /** Maximum number of requests per minute of one API key. */
      requestsPerMinute: z.number().int().positive().default(6_000),
      /** Writes a line to the log for each request: route, status and time, and nothing that names a customer. */
      accessLog: z.boolean().default(false),
      /** After SIGTERM, `/readyz` answers 503 for this long before new connections are refused. */
      stopGraceSeconds: z.number().min(0).max(300).default(2),
      /** After that, requests in progress may take this long. */
      stopLimitSeconds: z.number().min(0).max(300).default(20),
      /** A request whose body takes longer is answered 408. */
      bodySeconds: z.number().positive().max(300).default(15),
      /** Our proxies before this process: their networks, or how many entries they add at the end of the header. */
      trustedProxies: z.union([z.number().int().min(0).max(10), z.array(Network).max(100)]).default(0),
      /** The header in which they name the client. The other one is not read, because a client can send it. */
      forwardedHeader: z.enum(["x-forwarded-for", "forwarded"]).default("x-forwarded-for"),
    })
    .prefault({}),
  secrets: z
    .discriminatedUnion("provider", [
      z.strictObject({ provider: z.literal("env") }),
      z.strictObject({ provider: z.literal("file"), path: z.string() }),
      z.strictObject({
        provider: z.literal("aws"),
        region: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "not an AWS region, as in eu-central-1"),
        prefix: z.string().optional(),
        endpoint: z.url().optional(),
      }),
      z.strictObject({
        provider: z.literal("azure"),
        vault: z.url({ protocol: /^https$/, error: "not https://{name}.vault.azure.net" }),
        authority: z.url({ protocol: /^https$/ }).optional(),
      }),
    ])
    .default({ provider: "env" }),
  tenants: z.record(name, TenantConfig),
});
export type SidelightConfig = z.infer<typeof SidelightConfig>;
