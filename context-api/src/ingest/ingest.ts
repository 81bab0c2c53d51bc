import type { Clock } from "@sidelight/model/clock.ts";
import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import type { IngestResult, WebhookRequest, WebhookResponse, WebhookTools } from "@sidelight/platform-kit/webhook.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { currentData } from "../log/reader.ts";
import type { Statement } from "../store/statement.ts";
import { loadStoredKeys } from "../store/tables/projections.ts";
import { updateQuarantineState } from "../store/tables/quarantine.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type AcceptDeps, acceptWebhook, type refusedRequest, reprocessWebhook } from "./acceptWebhook.ts";
import { createFollowUps, type FollowUps } from "./followUpFetches.ts";
import { openMemberLists } from "./memberLists.ts";
import { readQuarantined } from "./quarantine.ts";
import { createRefusals, type Refusals } from "./refusals.ts";
import { createSecretCache } from "./secretCache.ts";
import { createSerialQueue } from "./serialQueue.ts";
import { openWebhookEndpoints, type WebhookEndpoint, type WebhookEndpoints } from "./webhookEndpoints.ts";

/** What one tenant's platforms send us. */
export interface Ingest {
  endpoints: WebhookEndpoints;
  refusals: Refusals;
  accept(endpoint: WebhookEndpoint, request: WebhookRequest): Promise<WebhookResponse | typeof refusedRequest>;
  /**
   * Parses a quarantined request again. Null when none with this id is quarantined.
   * @param statements are committed with its events
   */
  release(id: string, statements?: readonly Statement[]): Promise<(IngestResult & { unusable: string[] }) | null>;
  followUps: FollowUps;
}

export interface IngestDeps {
  log: TenantLog;
  connections: readonly Connection[];
  secret(name: string): Promise<string>;
  identifiers: Identifiers;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, "webhookRequests" | "webhookDelay" | "records">;
}

/** @throws {ConfigError} for an invalid webhook in the configuration */
export function openIngest({ log, connections, secret, identifiers, clock, logger, metrics }: IngestDeps): Ingest {
  const secrets = createSecretCache(secret, clock.monotonic);
  const readCurrent: AcceptDeps["readCurrent"] = (refs) => currentData(log, refs);
  const followUps = createFollowUps({ log, clock, logger, readCurrent, storedRefs: (refs) => storedRefs(log, refs) });
  const endpoints = openWebhookEndpoints({ tenant: log.tenant, connections, secret: secrets, now: clock.monotonic });
  const refusals = createRefusals({
    ...{ tenant: log.tenant, now: clock.monotonic, logger },
    onRefused(connection, reason) {
      const platform = connections.find(({ id }) => id === connection)?.platform.name ?? "";
      metrics.webhookRequests.inc({ tenant: log.tenant, connection, platform, outcome: "refused", reason });
    },
  });
  const deps: AcceptDeps = {
    log,
    now: clock.now,
    secret: secrets,
    readCurrent,
    objectRef: objectRefParser(connections),
    identifiers,
    lists: openMemberLists(log),
    serialQueue: createSerialQueue(),
    followUps,
    refusals,
    logger,
    metrics,
  };

  return {
    endpoints,
    refusals,
    followUps,
    accept: (endpoint, request) => acceptWebhook(endpoint, request, deps),
    async release(id, statements = []) {
      const message = await readQuarantined(log, id);
      const endpoint = message && endpoints.byName(message.connection, message.webhook);
      if (!message || !endpoint) return null;
      const releaseStatement = updateQuarantineState(log.store, id, "released", clock.now());
      return await reprocessWebhook(endpoint, message.request, deps, (isUsable) =>
        isUsable ? [...statements, releaseStatement] : statements,
      );
    },
  };
}

async function storedRefs({ store, key }: TenantLog, refs: readonly string[]): Promise<ReadonlySet<string>> {
  const storedKeys = await loadStoredKeys(store, refs.map(key));
  return new Set(refs.filter((ref) => storedKeys.has(key(ref))));
}

/** Parses refs of the platforms that the tenant has connected. */
function objectRefParser(connections: readonly Connection[]): WebhookTools["objectRef"] {
  const platforms = new Map(connections.map(({ platform }) => [platform.name, platform]));
  return (text) => {
    const parsed = parseRef(text, platforms);
    if ("problem" in parsed || parsed.kind !== "object") return null;
    const kind = platforms.get(parsed.platform)?.objects[parsed.object]?.kind;
    return kind ? { ref: parsed.ref, kind } : null;
  };
}
