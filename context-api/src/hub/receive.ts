import { randomUUID } from "node:crypto";
import type { TenantLog } from "../events/log.ts";
import type { QuarantineInput } from "../events/writer/protocol.ts";
import type { Logger } from "../operations/logger.ts";
import type { RecordInput } from "../platforms/records.ts";
import type { Answer, Delivery, InletTools, Message, Received } from "../platforms/webhook.ts";
import type { Door } from "./doors.ts";
import type { FollowUps } from "./followUps.ts";
import { toText } from "./stored.ts";

export interface ReceiveDeps {
  log: TenantLog;
  now(): number;
  secret(name: string): Promise<string>;
  current(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
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
  const messages = await messagesOf(door, delivery, tools, deps);
  const result = await keep(door, delivery, messages, authenticatedAt, deps);
  return door.inlet.acknowledge(delivery, result);
}

/** Parses a stored delivery anew, after a fix. What it yielded before is known by its names and not counted again. */
export async function receiveAgain(
  door: Door,
  delivery: Delivery,
  deps: ReceiveDeps,
): Promise<Received & { unusable: string[] }> {
  const messages = await messagesOf(door, delivery, toolsFor(door, deps), deps);
  const usable = messages.filter((m) => m.kind === "event");
  const unusable = messages.flatMap((m) => (m.kind === "unusable" ? [`${m.reason}: ${m.detail}`] : []));
  return { ...(await keep(door, delivery, usable, deps.now(), deps)), unusable };
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
  const [unusable] = messages.flatMap((m) => (m.kind === "unusable" ? [m] : []));
  const quarantine = unusable ? [quarantined(door, delivery, unusable)] : [];
  const parsedAt = now();
  const committed =
    events.length + quarantine.length === 0
      ? []
      : (
          await log.commit({
            events,
            quarantine,
            receivedAt: delivery.receivedAt,
            correlationId: `hook-${randomUUID()}`,
            stages: { authenticatedAt, parsedAt, wall: Date.now() },
          })
        ).events;
  const isNew = (i: number) => committed[i]?.isDuplicate === false;
  let position = 0;
  for (const message of messages)
    if (message.kind === "event" && isNew(position++)) followUps.add(door.connection, message.fetch ?? []);
  const duplicates = committed.filter((e) => e.isDuplicate).length;
  return {
    accepted: committed.length - duplicates,
    duplicates,
    quarantined: messages.length - events.length,
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

function toolsFor(door: Door, { log, now, secret, current }: ReceiveDeps): InletTools {
  const { connection } = door;
  return { tenant: log.tenant, connection: connection.id, settings: connection.settings, now, secret, current };
}
