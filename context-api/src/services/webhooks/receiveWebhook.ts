import type { Clock } from "@sidelight/model/clock.ts";
import type { WebhookResponse } from "@sidelight/platform-kit/webhook.ts";
import { refused } from "../../ingest/acceptWebhook.ts";
import type { WebhookEndpoint } from "../../ingest/webhookEndpoints.ts";
import { createRequestLimit, type RequestLimit } from "../../resilience/requestLimit.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** Requests that may wait for the store at once. One more would wait longer than its sender does. */
const maxWaiting = 1_000;
/** Below 60 s: Zendesk does not retry after a longer time. */
const retryAfterSeconds = 5;

export interface ReceiveWebhookDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  clock: Pick<Clock, "now">;
  logger: Logger;
}

export interface WebhookInput {
  tenant: string;
  platform: string;
  /** Secret part of the path. */
  token: string;
  headers: Readonly<Record<string, string>>;
  /** Address of the sender; null when unknown. */
  from: string | null;
  /** @throws {ProblemError} too_large */
  readBody(maxBytes: number): Promise<Buffer>;
}

export type ReceiveWebhook = (input: WebhookInput) => Promise<WebhookResponse>;

/**
 * Receives webhooks. The sender's signature authorizes them; there is no actor.
 * @throws {ProblemError} unauthenticated, too_large, rate_limited; overloaded when the events could not be made durable
 */
export function createReceiveWebhook({ tenants, clock, logger }: ReceiveWebhookDeps): ReceiveWebhook {
  const limits = new WeakMap<WebhookEndpoint, RequestLimit>();
  let waitingCount = 0;

  function admit(endpoint: WebhookEndpoint): void {
    if (waitingCount >= maxWaiting)
      throw new ProblemError("rate_limited", `Too many webhooks are waiting for the store. Retry in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      });
    const limit = limits.get(endpoint) ?? createRequestLimit(endpoint.requestsPerMinute, clock);
    limits.set(endpoint, limit);
    if (!limit.take("").isAllowed)
      throw new ProblemError(
        "rate_limited",
        `This webhook endpoint takes ${endpoint.requestsPerMinute} requests a minute. Retry in ${retryAfterSeconds} s.`,
        { retryAfterSeconds },
      );
  }

  return async ({ tenant, platform, token, headers, from, readBody }) => {
    const receivedAt = clock.now();
    const ingest = tenants.get(tenant)?.ingest;
    const endpoint = await ingest?.endpoints.find(platform, token);
    // The same answer for every cause: it must not reveal which tenants, connections or tokens exist.
    if (!ingest || !endpoint) throw unverifiedError();
    admit(endpoint);
    const body = await readBody(endpoint.source.maxBytes);
    waitingCount += 1;
    try {
      const response = await ingest.accept(endpoint, { headers, body, from, receivedAt });
      if (response === refused) throw unverifiedError();
      return response;
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      logger.error({ err: error, connection: endpoint.connection.id }, "a webhook could not be stored");
      // The platform retries: nothing of the request was stored.
      throw new ProblemError("overloaded", "The webhook could not be stored. Send it again.", {
        retryAfterSeconds,
        stage: "append",
        cause: error,
      });
    } finally {
      waitingCount -= 1;
    }
  };
}

const unverifiedError = (): ProblemError =>
  new ProblemError("unauthenticated", "The webhook could not be verified. Check its URL and its secret.", { stage: "verify" });
