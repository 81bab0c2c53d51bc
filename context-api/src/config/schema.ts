import { z } from "zod";
import { RoutingConfig } from "./routing.ts";

const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes");

export const Role = z.enum(["admin", "service", "agent", "rep"]);
export type Role = z.infer<typeof Role>;

const Rights = z.strictObject({
  pii: z.boolean().optional().describe("Sees personal values unmasked"),
  reveal: z.boolean().optional().describe("May reveal a masked value, with a reason"),
});

const minutes = z.number().positive();

/** A door for one sender. What else it takes is its platform's to read. */
const WebhookConfig = z.looseObject({
  /** One of the platform's own: `events`, `outbound-messages`, … */
  kind: z.string(),
  /** Name of the secret that ends its path: unguessable, and changed by adding another webhook. */
  token: z.string(),
  /** Networks that it may come from; any when empty. */
  allowFrom: z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]),
  requestsPerMinute: z.number().int().positive().default(30_000),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

/** How current a flow is kept by pulls, beside what webhooks bring at once. */
const SyncSchedule = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("every"), minutes: z.number().positive() }),
  /** Webhooks carry it; pulls only find what they lost. */
  z.strictObject({ mode: z.literal("realtime"), minutes: z.number().positive().default(60) }),
  z.strictObject({ mode: z.literal("nightly"), at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day, as in 02:30") }),
]);
export type SyncSchedule = z.infer<typeof SyncSchedule>;

const ConnectionConfig = z.strictObject({
  id: name,
  platform: z.string(),
  environment: z.enum(["production", "sandbox"]).default("production"),
  /** How far back the first backfill goes. */
  horizonDays: z.number().int().positive().max(3650).default(730),
  freshness: z.strictObject({ freshMinutes: minutes, staleMinutes: minutes }).optional(),
  webhooks: z.array(WebhookConfig).default([]),
  /** By stream, as `GET /v1/connections` names them; `default` for the others. The platform's own pauses when left out. */
  sync: z.record(z.string(), SyncSchedule).default({}),
  /** Read by the platform itself. */
  settings: z.record(z.string(), z.unknown()).default({}),
});
export type ConnectionConfig = z.infer<typeof ConnectionConfig>;

/** By any of its names: `Intl.supportedValuesOf` lists one of each zone, and not always the newest. */
function isTimeZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

/** Records, checkpoints and health are kept under a connection's id. */
function eachIdOnce(connections: ConnectionConfig[], { addIssue }: z.RefinementCtx): void {
  for (const [i, { id }] of connections.entries()) {
    const isTaken = connections.findIndex((other) => other.id === id) < i;
    if (isTaken) addIssue({ code: "custom", path: [i, "id"], message: `another connection has the id ${id}` });
  }
}

export const TenantConfig = z.strictObject({
  timeZone: z.string().default("UTC").refine(isTimeZone, "not an IANA time zone"),
  connections: z.array(ConnectionConfig).superRefine(eachIdOnce).default([]),
  roles: z.partialRecord(Role, Rights).default({}),
  /** Domains that say nothing of an employer, beyond the well-known mail services. */
  freeMailDomains: z.array(z.string()).default([]),
  csatDays: z.number().int().positive().default(90),
  routing: RoutingConfig.prefault({}),
  retention: z
    .strictObject({
      /** Earlier versions of records, and what events said. Current values stay for as long as their source has them. */
      historyDays: z.number().int().positive().max(36_500).default(730),
      /** Messages that could not be used, and that nobody released. */
      quarantineDays: z.number().int().positive().max(3_650).default(30),
    })
    .prefault({}),
});
export type TenantConfig = z.infer<typeof TenantConfig>;

export const SidelightConfig = z.strictObject({
  version: z.literal(1),
  /** Files that this one is laid over. Only what is written knows them: they are read before. */
  include: z.array(z.string()).optional(),
  http: z
    .strictObject({
      /** Where `/` leads; the API's documentation when left out. */
      home: z.url().optional(),
      /** Requests that one API key may send in a minute. */
      requestsPerMinute: z.number().int().positive().default(6_000),
      /** A request that isn't whole after this long is answered 408 and cut off. */
      bodySeconds: z.number().positive().max(300).default(15),
      /** How many proxies of ours stand before this process: the sender's address is this many from the end of X-Forwarded-For. */
      trustedProxies: z.number().int().min(0).max(10).default(0),
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
