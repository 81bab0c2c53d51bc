import { z } from "zod";
import { ConfigOrigin } from "../config/configuration.ts";
import { ConnectionAction } from "../connections/connection.ts";
import { Instant } from "../context/primitives.ts";

const count = () => z.number().int();

/** A connection, as the first screen of the console shows it. */
export const ConnectionOverview = z.object({
  id: z.string().describe("Id of the connection"),
  label: z.string().describe("Name of the platform for people; with the id when several connections have it"),
  state: z
    .enum(["ok", "backfilling", "failing", "invalid_credentials", "paused"])
    .describe("failing: the platform does not serve our calls, by a circuit breaker or by the live probe"),
  since: Instant.nullable().describe("Since when it fails or is paused; null otherwise"),
  problem: z.string().nullable().describe("Why it fails, in words"),
  probe: z
    .object({ at: Instant, ms: count(), isWorking: z.boolean().nullable().describe("Null when the call was not made") })
    .nullable()
    .describe("The last live probe. Connections are probed while a console watches; null before the first one"),
  openBreakers: z.array(z.string()).describe("Kinds of calls whose circuit breaker is open or half-open"),
  lastSuccessAt: Instant.nullable().describe("When the platform last answered, or sent an accepted webhook"),
  oldestDataAt: Instant.nullable().describe("Age of the oldest data that panels show; null before the first pull is complete"),
  staleFrom: Instant.nullable().describe("From this instant panels mark its data as old, unless it is read again"),
  webhooks: z
    .object({
      lastReceivedAt: Instant.nullable(),
      isSilent: z.boolean().describe("True when pulls find what webhooks should have reported"),
    })
    .nullable()
    .describe("Null for a connection without webhooks"),
  quota: z
    .object({
      name: z.string(),
      limit: z.number(),
      remaining: z.number(),
      blockedUntil: Instant.nullable(),
      runsOutAt: Instant.nullable().describe("At the present pace; null when it does not"),
    })
    .nullable()
    .describe("The quota with the smallest part left; null without one"),
  waitingDeliveries: count().describe("Deliveries that wait for it"),
  nextAction: z
    .object({ action: ConnectionAction.nullable().describe("Null when the action is outside Sidelight"), text: z.string() })
    .nullable()
    .describe("Null when there is nothing to do"),
});
export type ConnectionOverview = z.infer<typeof ConnectionOverview>;

/** Problems with one cause. */
export const ProblemGroup = z.object({
  id: z.string(),
  severity: z.enum(["critical", "warning", "info"]),
  title: z.string().describe("What is wrong, in words"),
  cause: z.string().nullable().describe("Cause of dead letters: rejected, unavailable, …; null for alerts"),
  connection: z.string().nullable().describe("Id of the connection; null for the tenant itself"),
  count: count().describe("Failures, deliveries or messages"),
  firstAt: Instant,
  lastAt: Instant.nullable().describe("Null when only the first one is known"),
  nextAction: z.string(),
  retry: z
    .object({ source: z.string(), type: z.string().optional(), cause: z.string().optional() })
    .nullable()
    .describe("The body for POST /v1/deliveries/retry that retries all of them; null where nothing can be retried"),
  alerts: z.array(z.string()).describe("Ids of its alerts"),
});
export type ProblemGroup = z.infer<typeof ProblemGroup>;

/** What panels showed in a time. */
export const PanelExperience = z.object({
  answers: count().describe("Customers that panels showed"),
  stale: count().describe("Of these, with a section that was older than its limit"),
  staleByPlatform: z.record(z.string(), count()),
  ambiguous: count().describe("Of these, several customers matched"),
  unmatched: count().describe("Of these, no customer matched"),
  failed: count().describe("Requests of panels that failed"),
  firstPaint: z
    .object({ panels: count(), medianMs: count().nullable(), p95Ms: count().nullable() })
    .nullable()
    .describe("Upper bounds of the time to the first values; a bound is null when it is slower than 10 s. Null without a report"),
});
export type PanelExperience = z.infer<typeof PanelExperience>;

export const ConfigDifference = z.object({
  path: z.string().describe("connections.zendesk.sync.default"),
  before: z.string().nullable().describe("Null when it was absent, or when your role may not see it"),
  after: z.string().nullable(),
});

/** `GET /v1/overview`: what an operator has to know, and what to do next. It names no customer. */
export const Overview = z.object({
  asOf: Instant,
  sentence: z.string().describe("2 of 3 platforms healthy; agents saw stale Mixpanel data 14 times in the last hour"),
  connections: z.array(ConnectionOverview),
  problems: z.array(ProblemGroup).describe("Open ones, the most severe first"),
  waiting: z.object({
    deadLetters: count(),
    quarantined: count(),
    withheld: count().describe("Deliveries of the last day that consent withheld"),
    projectionFailures: count().describe("Events that could not be applied to the read models"),
  }),
  panels: z.object({ hour: PanelExperience, day: PanelExperience }),
  configuration: z
    .object({
      version: z.string(),
      since: Instant,
      origin: ConfigOrigin,
      previous: z.string().nullable().describe("The version before it; null for the first one"),
      by: z.string().nullable().describe("Name of the API key that changed it; null for a change of the files"),
      changes: z.array(ConfigDifference).describe("The first 20 differences to the previous version"),
      changeCount: count(),
    })
    .nullable(),
});
export type Overview = z.infer<typeof Overview>;
