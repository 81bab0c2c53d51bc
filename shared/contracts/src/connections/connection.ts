import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** One account on a platform, as `GET /v1/connections` lists it. */
export const ConnectionStatus = z.object({
  id: z.string().describe("Id of the connection in the configuration"),
  platform: z.string().describe("Name of the platform: zendesk"),
  environment: z.enum(["production", "sandbox"]).describe("Which kind of account it is"),
  state: z
    .enum(["backfilling", "ok", "failing", "invalid_credentials"])
    .describe("backfilling: the first pull is not complete; invalid_credentials: the platform refused the sign-in"),
  summary: z.string().describe("The state in words: last success 2 minutes ago"),
  pausedAt: Instant.nullable()
    .optional()
    .describe("Since when an operator has it paused: nothing is pulled, delivered or asked; null while it is not"),
  lastSuccessAt: Instant.nullable().describe("When the platform last answered a call, or sent an accepted webhook"),
  failingSince: Instant.nullable().describe("When the first of the open circuit breakers opened; null while all are closed"),
  problem: z.string().nullable().describe("Why a circuit breaker is open, in words; null while all are closed"),
  nextAction: z.string().nullable().describe("What to do about the problem; null without one"),
  lagSeconds: z.number().nullable().describe("Age of the stream that is furthest behind; null before the first pull is complete"),
  webhooks: z
    .object({
      lastReceivedAt: Instant.nullable().describe("When the last webhook arrived"),
      lastDay: z.number().int().describe("Events that webhooks brought in the last 24 hours"),
      foundByPulls: z.number().int().describe("Changes in the last 24 hours that a pull found before any webhook reported them"),
    })
    .describe("How changes arrive"),
  quota: z
    .record(
      z.string(),
      z.object({
        limit: z.number().describe("Requests allowed in a window"),
        remaining: z.number().describe("Requests left in this window, for all priorities together"),
        windowSeconds: z.number().describe("Length of the window"),
        blockedUntil: Instant.nullable().describe("The platform refuses all requests until then; null when it does not"),
        runsOutAt: Instant.nullable()
          .optional()
          .describe("When it is used up if its use goes on as lately; null when it is not, within a window"),
      }),
    )
    .describe("Requests left, by the name of the quota"),
  monthlyEvents: z
    .object({
      limit: z.number().int().describe("Events that may be sent in a month: eventsPerMonth"),
      sent: z.number().int().describe("Events sent in this month"),
      month: z.string().describe("The month in the time zone of the platform's project: 2026-11"),
      resetsAt: Instant.describe("When the next month begins. Events above the cap wait until then"),
      runsOutAt: Instant.nullable().describe("When the cap is reached if the month goes on as it began; null when it is not"),
    })
    .nullable()
    .optional()
    .describe("The monthly cap of events; null without one"),
  breaker: z
    .record(
      z.string(),
      z.object({
        state: z
          .enum(["closed", "open", "half-open"])
          .describe("open: calls of this kind are refused at once; half-open: the next one is a probe"),
        since: Instant.nullable().describe("When it opened; null while it is closed"),
        failures: z.number().int().describe("Failures since the last success"),
        nextProbeAt: Instant.nullable().describe("When the next probe is allowed; null unless it is open"),
        problem: z.string().nullable().describe("The last failure in words; null while it is closed"),
      }),
    )
    .describe("Circuit breakers by kind of call: read, pull.{stream}, write.{action}"),
  streams: z
    .array(
      z.object({
        name: z.string().describe("Name of the stream: tickets"),
        state: z
          .enum(["backfilling", "ok", "failing", "unavailable"])
          .describe("unavailable: the account lacks the object, the feature or the permission; the stream is tried rarely"),
        complete: z.boolean().describe("True once the first backfill is complete"),
        records: z.number().int().describe("Records pulled so far"),
        coveredUntil: Instant.nullable().describe("Changes up to this instant have been pulled"),
        lastPullAt: Instant.nullable().describe("When the last pull ended"),
        passedOver: z
          .array(
            z.object({
              reason: z.string().describe("What was odd about them, without any value: invalid distinct_id"),
              count: z.number().int().describe("How many so far. A record that is read again counts again"),
              firstAt: Instant.describe("When the first one was read"),
              lastAt: Instant.describe("When the last one was read"),
            }),
          )
          .describe("Records of the platform that could not be used. They stop nothing"),
        problem: z.string().nullable().describe("Why the last pull failed, in words; null while pulls succeed"),
      }),
    )
    .describe("What is pulled from the platform"),
  missing: z
    .array(z.string())
    .describe(
      "Fields and objects that the account lacks, or hides from our user, mapped ones first: Account.ARR__c. Their values are empty",
    ),
});
export type ConnectionStatus = z.infer<typeof ConnectionStatus>;

/** What `POST /v1/connections/{id}/retry` released. */
export const RetriedConnection = z.object({
  breakers: z.array(z.string()).describe("Kinds of calls whose circuit breaker was open; each probes now"),
  quotas: z.array(z.string()).describe("Quotas that the platform had reported as used up; they count as free now"),
});
export type RetriedConnection = z.infer<typeof RetriedConnection>;

/** What an operator can do to a connection. */
export const connectionActions = ["probe", "pull", "pause", "resume", "reread-secret"] as const;
export const ConnectionAction = z
  .enum(connectionActions)
  .describe(
    "probe: ends every wait, and calls the platform now; pull: pulls every stream now; pause: stops calls, pulls and deliveries until it is resumed; resume: ends the pause; reread-secret: reads its secrets past the cache, then probes",
  );
export type ConnectionAction = z.infer<typeof ConnectionAction>;

/** What `POST /v1/connections/{id}/{action}` did. */
export const ActedConnection = z.object({
  connection: z.string(),
  action: ConnectionAction,
  summary: z.string().describe("What was done and what came of it, in words"),
  isWorking: z.boolean().nullable().describe("Whether the platform answered; null when it was not called"),
});
export type ActedConnection = z.infer<typeof ActedConnection>;

export const ConnectionList = z.object({
  items: z.array(ConnectionStatus),
  nextCursor: z.string().nullable().describe("Always null: all connections are on one page"),
});
