import { randomUUID } from "node:crypto";
import type { RecordInput } from "@sidelight/model/records.ts";
import type { Answer, Delivery, InletTools, Message, Received } from "@sidelight/platform-kit/webhook.ts";
import type { TenantLog } from "../log/log.ts";
import type { QuarantineInput } from "../log/writer/protocol.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { FollowUps } from "./followUpFetches.ts";
import { listStatements } from "./memberLists.ts";
import type { inOrder } from "./serialQueue.ts";
import { toText } from "./storedRequest.ts";
import type { Door } from "./webhookEndpoints.ts";

export interface ReceiveDeps {
  log: TenantLog;
  now(): number;
  secret(name: string): Promise<string>;
  current(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
  knows: InletTools["knows"];
  objectRef: InletTools["objectRef"];
  lists: InletTools["lists"];
  oneByOne: ReturnType<typeof inOrder>;
  followUps: FollowUps;
  logger: Logger;
}

/** Says that nothing of a delivery was taken, because its sender could not be made sure of. */
export const refused = Symbol("refused");

/**
 * Authenticates, parses, appends durably, and only then says what to answer.
 * @throws when the store is lost: nothing of it is kept then, and nothing was acknowledged
 */
export async function receive(door: Door, delivery: Delivery, deps: ReceiveDeps): Promise<Answer | typeof refused> {
  const tools = toolsFor(door, deps);
  if (!(await isAuthentic(door, delivery, tools, deps))) return refused;
  const authenticatedAt = deps.now();
  const result = await inTurn(door, delivery, deps, async () => {
    const messages = await messagesOf(door, delivery, tools, deps);
    return await keep(door, delivery, messages, authenticatedAt, deps);
  });
  return door.inlet.acknowledge(delivery, result);
}

/** Parses a stored delivery anew, after a fix. What it yielded before is known by its names and not counted again. */
export async function receiveAgain(
  door: Door,
  delivery: Delivery,
  deps: ReceiveDeps,
): Promise<Received & { unusable: string[] }> {
  return await inTurn(door, delivery, deps, async () => {
    const messages = await messagesOf(door, delivery, toolsFor(door, deps), deps);
    const usable = messages.filter((m) => m.kind !== "unusable");
    const unusable = messages.flatMap((m) => (m.kind === "unusable" ? [`${m.reason}: ${m.detail}`] : []));
    return { ...(await keep(door, delivery, usable, deps.now(), deps)), unusable };
  });
}

/** Reads and keeps a delivery when those before it have been kept, where its inlet wants that. */
async function inTurn<T>(door: Door, delivery: Delivery, { oneByOne }: ReceiveDeps, work: () => Promise<T>): Promise<T> {
  const name = door.inlet.serialiseBy?.(delivery) ?? null;
  return name === null ? await work() : await oneByOne(`${door.connection.id}\n${door.kind}\n${name}`, work);
}

async function isAuthentic(door: Door, delivery: Delivery, tools: InletTools, { logger }: ReceiveDeps): Promise<boolean> {
  const about = { tenant: tools.tenant, connection: door.connection.id, webhook: door.kind };
  if (!door.admits(delivery.from)) {
    logger.warn(about, "webhook refused: its address is not among those allowed");
    return false;
  }
  const isAuthentic = await door.inlet.authenticate(delivery, door.options, tools);
  if (!isAuthentic) logger.warn(about, "webhook refused: it could not be authenticated");
  return isAuthentic;
}

/** An authentic delivery is kept whatever is in it: what we fail to read is our fault, and waits for the fix. */
async function messagesOf(door: Door, delivery: Delivery, tools: InletTools, { logger }: ReceiveDeps): Promise<Message[]> {
  try {
    return await door.inlet.read(delivery, door.options, tools);
  } catch (error) {
    logger.error({ err: error, tenant: tools.tenant, connection: door.connection.id }, "a webhook could not be read");
    return [{ kind: "unusable", reason: "unreadable", detail: "an error of ours while reading it" }];
  }
}

async function keep(
  door: Door,
  delivery: Delivery,
  messages: Message[],
  authenticatedAt: number,
  { log, now, followUps }: ReceiveDeps,
): Promise<Received> {
  const events = messages.flatMap((m) => (m.kind === "event" ? [m.event] : []));
  const records = messages.flatMap((m) => (m.kind === "event" ? (m.also ?? []) : []));
  const statements = messages.flatMap((m) => (m.kind === "list" ? listStatements(log, m, delivery.receivedAt) : []));
  const unusable = messages.filter((m) => m.kind === "unusable");
  const quarantine = unusable[0] ? [quarantined(door, delivery, unusable[0])] : [];
  const parsedAt = now();
  const committed =
    events.length + quarantine.length + statements.length === 0
      ? []
      : (
          await log.commit({
            events,
            records,
            quarantine,
            statements,
            receivedAt: delivery.receivedAt,
            correlationId: `hook-${randomUUID()}`,
            stages: { authenticatedAt, parsedAt, wall: Date.now() },
          })
        ).events;
  // Where nothing is ever asked, what comes by itself is the sign of life.
  if (door.connection.connector.streams.length === 0) door.connection.succeeded();
  const isNew = (i: number) => committed[i]?.isDuplicate === false;
  let position = 0;
  for (const message of messages)
    if (message.kind === "event" && isNew(position++)) followUps.add(door.connection, message.fetch ?? []);
  const duplicates = committed.filter((e) => e.isDuplicate).length;
  return {
    accepted: committed.length - duplicates,
    duplicates,
    quarantined: unusable.length,
    eventIds: committed.map((e) => e.eventId),
  };
}

/** One row for a delivery: released, all of it is read anew. */
function quarantined(door: Door, delivery: Delivery, why: Extract<Message, { kind: "unusable" }>): QuarantineInput {
  return {
    id: `qrn_${randomUUID()}`,
    connection: door.connection.id,
    platform: door.connection.platform.name,
    webhook: door.kind,
    reason: why.reason,
    detail: why.detail,
    delivery: toText({ ...delivery, body: door.inlet.redact?.(delivery.body) ?? delivery.body }),
  };
}

function toolsFor(door: Door, { log, now, secret, current, knows, objectRef, lists }: ReceiveDeps): InletTools {
  const { connection } = door;
  return {
    tenant: log.tenant,
    connection: connection.id,
    settings: connection.settings,
    now,
    secret,
    current,
    knows,
    objectRef,
    pseudonym: (text) => log.identifier("pseudonym", text),
    lists,
  };
}
