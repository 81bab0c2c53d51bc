import type { Clock } from "@sidelight/model/clock.ts";
import type { WebhookResponse } from "@sidelight/platform-kit/webhook.ts";
import { refusedRequest } from "../../ingest/acceptWebhook.ts";
import type { WebhookEndpoint } from "../../ingest/webhookEndpoints.ts";
import { StoreLostError } from "../../log/writer/errors.ts";
import type { SharedState } from "../../redis/sharedState.ts";
import { createNameLimit } from "../../resilience/nameLimit.ts";
import { createRefusalPace } from "../../resilience/refusalPace.ts";
import { createSharedRequestLimit, type SharedRequestLimit } from "../../resilience/sharedRequestLimit.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { type SpanStart, withSpan } from "../../telemetry/spans.ts";
import { ProblemError } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** Requests that may wait for the store at once. One more would wait longer than its sender does. */
const maxWaiting = 1_000;
/** Bytes of the bodies that may be in memory at once. */
const maxWaitingBytes = 64 * 1024 * 1024;
/** Part that one of several tenants may use, so that a flood of one leaves the other part to the others. */
const maxTenantShares: Shares = { count: 0.5, bytes: 0.875 };
/** Requests of one of several tenants that may be in work at once. More of them would make a commit that the others wait for. */
const maxInWork = 4;
const wholeShares: Shares = { count: 1, bytes: 1 };
/** Below 60 s: Zendesk does not retry after a longer time. */
const retryAfterSeconds = 5;

export interface ReceiveWebhookDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  shared: SharedState;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "webhookRequests" | "webhookDurable">;
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
export function createReceiveWebhook({ tenants, shared, clock, logger, metrics }: ReceiveWebhookDeps): ReceiveWebhook {
  const limits = new WeakMap<WebhookEndpoint, SharedRequestLimit>();
  const paceRefusal = createRefusalPace(clock);
  const limitOfTenant = createNameLimit(maxInWork);
  const waiting: Waiting = { count: 0, bytes: 0 };
  const waitingByTenant = new Map<string, Waiting>();

  /** Counts a request that waits. @throws {ProblemError} rate_limited */
  function startWaiting(tenant: string, bytes: number, onFull: () => void): Waiting {
    const ofTenant = waitingByTenant.get(tenant) ?? { count: 0, bytes: 0 };
    const shares = tenants.size > 1 ? maxTenantShares : wholeShares;
    const isFull = exceeds(waiting, bytes, wholeShares) || (ofTenant.count > 0 && exceeds(ofTenant, bytes, shares));
    if (isFull) {
      onFull();
      throw new ProblemError("rate_limited", `Too many webhooks are waiting for the store. Retry in ${retryAfterSeconds} s.`, {
        retryAfterSeconds,
      });
    }
    waitingByTenant.set(tenant, ofTenant);
    add(ofTenant, 1, bytes);
    return ofTenant;
  }

  function add(ofTenant: Waiting, count: number, bytes: number): void {
    for (const total of [waiting, ofTenant]) {
      total.count += count;
      total.bytes += bytes;
    }
  }

  async function takeFromLimit(endpoint: WebhookEndpoint): Promise<void> {
    const limit = limits.get(endpoint) ?? limitOf(endpoint);
    limits.set(endpoint, limit);
    const name = `${endpoint.connection.tenant}/${endpoint.connection.id}/${endpoint.kind}`;
    if (limit.tryTake(name) || (await limit.take(name)).isAllowed) return;
    await paceRefusal(name);
    throw new ProblemError(
      "rate_limited",
      `This webhook endpoint takes ${endpoint.requestsPerMinute} requests a minute. Retry in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }

  const limitOf = ({ requestsPerMinute }: WebhookEndpoint): SharedRequestLimit =>
    createSharedRequestLimit({ kind: "webhooks", limit: requestsPerMinute, shared, clock });

  return async ({ tenant, platform, token, headers, from, readBody }) => {
    const receivedAt = clock.now();
    const startedAt = performance.now();
    const ingest = tenants.get(tenant)?.ingest;
    const endpoint = await ingest?.endpoints.find(platform, token);
    // The same answer for every cause: it must not reveal which tenants, connections or tokens exist.
    if (!ingest) {
      metrics.webhookRequests.inc({ tenant: "", connection: "", platform: "", outcome: "refused", reason: "tenant_unknown" });
      throw unverifiedError();
    }
    if (!endpoint) {
      ingest.refusals.report(null, "token_unknown");
      throw unverifiedError();
    }
    // Cheap checks first: nothing of the body is read for a sender that is not allowed.
    if (!endpoint.isAllowed(from)) {
      ingest.refusals.report({ connection: endpoint.connection.id, webhook: endpoint.kind }, "sender_address_not_allowed");
      throw unverifiedError();
    }
    let bytes = expectedBytes(headers["content-length"], endpoint.source.maxBytes);
    const { connection } = endpoint;
    const count = (outcome: "limited" | "refused" | "failed", reason: string) =>
      metrics.webhookRequests.inc({ tenant, connection: connection.id, platform: connection.platform.name, outcome, reason });
    const ofTenant = startWaiting(tenant, bytes, () => count("limited", "waiting"));
    try {
      await takeFromLimit(endpoint);
      const body = await readBody(endpoint.source.maxBytes);
      // What was expected may be more.
      add(ofTenant, 0, body.length - bytes);
      bytes = body.length;
      const accept = () =>
        withSpan(
          "ingest webhook",
          () => webhookSpan(endpoint),
          () => ingest.accept(endpoint, { headers, body, from, receivedAt }),
        );
      const response = tenants.size > 1 ? await limitOfTenant(tenant, accept) : await accept();
      if (response === refusedRequest) throw unverifiedError();
      metrics.webhookDurable.observe({ platform: connection.platform.name }, (performance.now() - startedAt) / 1000);
      return response;
    } catch (error) {
      if (error instanceof ProblemError) {
        if (error.code === "rate_limited") count("limited", "requests_per_minute");
        else if (error.code === "too_large") count("refused", "too_large");
        throw error;
      }
      count("failed", error instanceof StoreLostError ? "store_lost" : "not_stored");
      // The writer reports a store that is lost, once.
      const level = error instanceof StoreLostError ? "debug" : "error";
      logger[level]({ err: error, connection: endpoint.connection.id }, "a webhook could not be stored");
      // The platform retries: nothing of the request was stored.
      throw new ProblemError("overloaded", "The webhook could not be stored. Send it again.", {
        retryAfterSeconds,
        stage: "append",
        cause: error,
      });
    } finally {
      add(ofTenant, -1, -bytes);
      if (ofTenant.count === 0) waitingByTenant.delete(tenant);
    }
  };
}

const webhookSpan = ({ connection, kind }: WebhookEndpoint): SpanStart => ({
  kind: "internal",
  attributes: {
    "sidelight.tenant": connection.tenant,
    "sidelight.connection": connection.id,
    "sidelight.platform": connection.platform.name,
    "sidelight.webhook": kind,
  },
});

/** Requests that wait for the store, and the bytes of their bodies. */
interface Waiting {
  count: number;
  bytes: number;
}

type Shares = Readonly<Waiting>;

const exceeds = ({ count, bytes }: Waiting, moreBytes: number, shares: Shares): boolean =>
  count >= maxWaiting * shares.count || bytes + moreBytes > maxWaitingBytes * shares.bytes;

/** A body without a declared length may become as large as its endpoint allows. */
function expectedBytes(declared: string | undefined, maxBytes: number): number {
  const length = Number(declared ?? Number.NaN);
  return Number.isSafeInteger(length) && length >= 0 ? Math.min(length, maxBytes) : maxBytes;
}

const unverifiedError = (): ProblemError =>
  new ProblemError("unauthenticated", "The webhook could not be verified. Check its URL and its secret.", { stage: "verify" });
