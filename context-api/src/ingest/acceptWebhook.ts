import { randomUUID } from "node:crypto";
import type { EventInput } from "@sidelight/model/records.ts";
import {
  type IngestResult,
  type Message,
  testHeader,
  type WebhookRequest,
  type WebhookResponse,
  type WebhookTools,
} from "@sidelight/platform-kit/webhook.ts";
import type { TenantLog } from "../log/log.ts";
import type { QuarantineInput } from "../log/writer/protocol.ts";
import type { Statement } from "../store/statement.ts";
import { objectLabel } from "../telemetry/labels.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { currentSpan } from "../telemetry/spans.ts";
import { boundMessage } from "./boundMessage.ts";
import { commitMessages } from "./commitMessages.ts";
import type { FollowUps } from "./followUpFetches.ts";
import { listStatements } from "./memberLists.ts";
import type { Refusals } from "./refusals.ts";
import type { createSerialQueue } from "./serialQueue.ts";
import { encodeRequest } from "./storedRequest.ts";
import type { WebhookEndpoint } from "./webhookEndpoints.ts";

export interface AcceptDeps {
  log: TenantLog;
  now(): number;
  secret(name: string): Promise<string>;
  readCurrent: WebhookTools["readCurrent"];
  objectRef: WebhookTools["objectRef"];
  identifiers: WebhookTools["identifiers"];
  lists: WebhookTools["lists"];
  serialQueue: ReturnType<typeof createSerialQueue>;
  followUps: FollowUps;
  refusals: Refusals;
  logger: Logger;
  metrics: Pick<Metrics, "webhookRequests" | "webhookDelay" | "records">;
}

const nothingStored: IngestResult = { accepted: 0, duplicates: 0, quarantined: 0, eventIds: [] };

/** Returned for a request that could not be verified. Nothing of it was stored. */
export const refusedRequest = Symbol("refused");

/**
 * Verifies a request of an allowed address, parses it, appends its events durably, and returns the platform's acknowledgment.
 * @throws when the store is unavailable: nothing was stored and nothing may be acknowledged
 */
export async function acceptWebhook(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  deps: AcceptDeps,
): Promise<WebhookResponse | typeof refusedRequest> {
  const tools = toolsFor(endpoint, deps);
  const failure = await endpoint.source.verify(request, endpoint.options, tools);
  if (failure !== null) {
    deps.refusals.report({ connection: endpoint.connection.id, webhook: endpoint.kind }, failure);
    return refusedRequest;
  }
  if (testHeader in request.headers) return endpoint.source.acknowledge(request, nothingStored);
  const authenticatedAt = deps.now();
  const result = await inSequence(endpoint, request, deps, async () => {
    const messages = await parseMessages(endpoint, request, tools, deps);
    const appended = await append(endpoint, request, messages, authenticatedAt, deps);
    countRequest(endpoint, messages, appended, deps);
    return appended;
  });
  return endpoint.source.acknowledge(request, result);
}

/**
 * Parses a quarantined request again, after a fix. Events that it yielded before count as duplicates.
 * @param statementsFor what to commit with the events, when all of the request is usable and when it is not
 */
export async function reprocessWebhook(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  deps: AcceptDeps,
  statementsFor: (isUsable: boolean) => readonly Statement[],
): Promise<IngestResult & { unusable: string[] }> {
  return await inSequence(endpoint, request, deps, async () => {
    const messages = await parseMessages(endpoint, request, toolsFor(endpoint, deps), deps);
    const usable = messages.filter((m) => m.kind !== "unusable");
    const unusable = messages.flatMap((m) => (m.kind === "unusable" ? [`${m.reason}: ${m.detail}`] : []));
    const statements = statementsFor(unusable.length === 0);
    return { ...(await append(endpoint, request, usable, deps.now(), deps, statements)), unusable };
  });
}

/** Requests that the source serializes by one name run one after another. */
async function inSequence<T>(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  { serialQueue }: AcceptDeps,
  work: () => Promise<T>,
): Promise<T> {
  const name = endpoint.source.serializeBy?.(request) ?? null;
  return name === null ? await work() : await serialQueue(`${endpoint.connection.id}\n${endpoint.kind}\n${name}`, work);
}

/** A verified request is always stored. One that we fail to parse goes to the quarantine until the fault is fixed. */
async function parseMessages(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  tools: WebhookTools,
  { logger }: AcceptDeps,
): Promise<Message[]> {
  try {
    const messages = await endpoint.source.parse(request, endpoint.options, tools);
    return messages.map((message) => boundMessage(message, tools.now(), request.body.length));
  } catch (error) {
    logger.error({ err: error, tenant: tools.tenant, connection: endpoint.connection.id }, "a webhook could not be parsed");
    return [{ kind: "unusable", reason: "unreadable", detail: "Sidelight failed to parse it" }];
  }
}

async function append(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  messages: Message[],
  verifiedAt: number,
  deps: AcceptDeps,
  moreStatements: readonly Statement[] = [],
): Promise<IngestResult> {
  const { log, now, followUps } = deps;
  const eventMessages = messages.filter((m) => m.kind === "event");
  const listUpdates = messages.flatMap((m) => (m.kind === "list" ? listStatements(log, m, request.receivedAt) : []));
  const unusable = messages.filter((m) => m.kind === "unusable");
  const quarantine = unusable[0] ? [quarantineInput(endpoint, request, unusable[0])] : [];
  const context = {
    receivedAt: request.receivedAt,
    correlationId: `hook-${randomUUID()}`,
    stages: { verifiedAt, parsedAt: now(), wall: Date.now() },
  };
  currentSpan()?.setAttributes({ "sidelight.correlation_id": context.correlationId });
  const lastCommit = { quarantine, statements: [...listUpdates, ...moreStatements] };
  const results = await commitMessages(log, eventMessages, context, lastCommit);
  const refusedCount = results.filter((result) => result === null).length;
  if (refusedCount > 0 && quarantine.length === 0) {
    const refusal = { kind: "unusable", reason: "unreadable", detail: "Sidelight failed to store an event" } as const;
    await commitMessages(log, [], context, { quarantine: [quarantineInput(endpoint, request, refusal)] });
  }
  // A connection that is never pulled shows by its webhooks alone that it works.
  if (endpoint.connection.connector.streams.length === 0) endpoint.connection.recordContact();
  endpoint.connection.recordReports(eventMessages.map(({ event }) => event.object));
  for (const [i, { event, refsToFetch = [], refsToFetchIfAbsent = [] }] of eventMessages.entries()) {
    if (results[i]?.isDuplicate !== false) continue;
    countEvent(endpoint, event, request.receivedAt, deps);
    followUps.add(endpoint.connection, refsToFetch);
    followUps.addAbsent(endpoint.connection, refsToFetchIfAbsent);
  }
  const committedEvents = results.filter((result) => result !== null);
  const duplicates = committedEvents.filter((e) => e.isDuplicate).length;
  return {
    accepted: committedEvents.length - duplicates,
    duplicates,
    quarantined: unusable.length + refusedCount,
    eventIds: committedEvents.map((e) => e.eventId),
  };
}

/** A request with several messages counts once, as the worst of them. */
function countRequest(
  { connection }: WebhookEndpoint,
  messages: readonly Message[],
  { accepted, duplicates, quarantined }: IngestResult,
  { log, metrics }: AcceptDeps,
): void {
  const [unusable] = messages.filter((message) => message.kind === "unusable");
  const outcome =
    quarantined > 0
      ? "quarantined"
      : accepted > 0
        ? "accepted"
        : duplicates > 0
          ? "duplicate"
          : messages.length > 0
            ? "accepted"
            : "empty";
  const reason = quarantined > 0 ? (unusable?.reason ?? "unreadable") : "";
  metrics.webhookRequests.inc({
    tenant: log.tenant,
    connection: connection.id,
    platform: connection.platform.name,
    outcome,
    reason,
  });
}

/** Changes that were new to us, and how late each arrived. */
function countEvent(
  { connection }: WebhookEndpoint,
  { object, timestamp }: EventInput,
  receivedAt: number,
  deps: AcceptDeps,
): void {
  const { id, platform } = connection;
  const labels = { tenant: deps.log.tenant, connection: id, platform: platform.name };
  deps.metrics.records.inc({ ...labels, object: objectLabel(object, platform.objects), way: "webhook" });
  const delayMs = receivedAt - connection.clockLeadMs() - timestamp;
  deps.metrics.webhookDelay.observe({ platform: platform.name }, Math.max(0, delayMs) / 1000);
}

/** One row per request: when it is released, the whole request is parsed again. */
function quarantineInput(
  endpoint: WebhookEndpoint,
  request: WebhookRequest,
  { reason, detail }: Extract<Message, { kind: "unusable" }>,
): QuarantineInput {
  return {
    id: `qrn_${randomUUID()}`,
    connection: endpoint.connection.id,
    platform: endpoint.connection.platform.name,
    webhook: endpoint.kind,
    reason,
    detail,
    request: encodeRequest({ ...request, body: endpoint.source.redact?.(request.body) ?? request.body }),
  };
}

function toolsFor(endpoint: WebhookEndpoint, deps: AcceptDeps): WebhookTools {
  const { log, now, secret, readCurrent, objectRef, identifiers, lists } = deps;
  const { connection } = endpoint;
  return {
    tenant: log.tenant,
    connection: connection.id,
    settings: connection.settings,
    now,
    secret,
    readCurrent,
    objectRef,
    identifiers,
    pseudonym: (text) => log.identifier("pseudonym", text),
    lists,
  };
}
