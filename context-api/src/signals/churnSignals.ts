import type { RecordData } from "@sidelight/model/records.ts";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { openReader } from "../log/reader.ts";
import { listSequencesOf } from "../store/tables/events.ts";
import { ownPlatform } from "./derived.ts";
import { healthFellType } from "./healthFalls.ts";
import { type ChurnSignal, churnWordsIn, interactionOf, type RiskReason, type RiskSettings } from "./risk.ts";

const noSignal: ChurnSignal = { reasons: [], words: [] };

/** The signs of churn in an event: of a ticket, of a rating, or of a confirmed fall of health. */
export async function churnSignalOf(event: LoggedEvent, settings: RiskSettings, log: TenantLog): Promise<ChurnSignal> {
  const { payload, type, platform } = event;
  if (!payload) return noSignal;
  if (type === healthFellType) return fallSignal(payload);
  if (platform === ownPlatform) return noSignal;
  if (payload.record?.data.kind === "rating") return await ratingSignal(event, payload.record.data, log);
  if (interactionOf(payload)?.type !== "ticket") return noSignal;
  return await ticketSignal(event, payload, settings, log);
}

function fallSignal({ data }: EventPayload): ChurnSignal {
  const to = data["to"] as { band?: unknown } | undefined;
  return { reasons: [to?.band === "at_risk" ? "health_at_risk" : "health_falling"], words: [] };
}

/** A rating that became bad. A new comment on a bad rating is no second one. */
async function ratingSignal(event: LoggedEvent, data: RecordData, log: TenantLog): Promise<ChurnSignal> {
  const isBad = (rating: RecordData | null) => rating?.kind === "rating" && rating.score === "bad";
  if (!isBad(data) || event.type.endsWith("deleted") || isBad(await previousData(event, log))) return noSignal;
  return { reasons: ["bad_rating"], words: [] };
}

async function ticketSignal(
  event: LoggedEvent,
  payload: EventPayload,
  settings: RiskSettings,
  log: TenantLog,
): Promise<ChurnSignal> {
  const { type } = event;
  const isCreated = type.endsWith(".created");
  const words = isCreated || type.endsWith(".comment_added") ? churnWordsIn(payload, settings) : [];
  const { priority } = interactionOf(payload) ?? { priority: null };
  const isPriorityNews = isCreated || type.endsWith(".priority_changed");
  const reasons: RiskReason[] = words.length > 0 ? ["churn_words"] : [];
  if (await isEscalation(event, payload, log)) reasons.push("escalated");
  if (isPriorityNews && (priority === "high" || priority === "urgent")) reasons.push("high_priority");
  if (await isReopenedOften(event, settings, log)) reasons.push("reopened");
  return { reasons, words };
}

/** A ticket that is raised to urgent, or gets a tag of the connection's `escalationTags`. */
async function isEscalation(event: LoggedEvent, payload: EventPayload, log: TenantLog): Promise<boolean> {
  const { type } = event;
  if (type.endsWith(".priority_changed") && interactionOf(payload)?.priority === "urgent") return true;
  const data = payload.record?.data;
  if (data?.kind !== "ticket" || !data.isEscalated) return false;
  const previous = type.endsWith(".created") ? null : await previousData(event, log);
  return !(previous?.kind === "ticket" && previous.isEscalated);
}

const isSolved = (status: string): boolean => status === "solved" || status === "closed";
/** Enough for any limit that makes sense. */
const maxStatusChanges = 50;

/** True when this event reopens the ticket for at least the configured time. */
async function isReopenedOften(event: LoggedEvent, { reopenedTimes }: RiskSettings, log: TenantLog): Promise<boolean> {
  if (!/\.(status_changed|reopened)$/.test(event.type) || !(await isReopening(event, log))) return false;
  const earlier = await listSequencesOf(
    log.store,
    { key: event.key, type: event.type, before: event.sequence },
    maxStatusChanges,
  );
  let count = 1;
  for (const sequence of earlier) {
    if (count >= reopenedTimes) break;
    const [earlierEvent] = await listEventsAfter(log, { after: sequence - 1 }, 1);
    if (earlierEvent && (await isReopening(earlierEvent, log))) count += 1;
  }
  return count >= reopenedTimes;
}

/** True when an event changes the status of a ticket from a solved one to another. */
async function isReopening(event: LoggedEvent, log: TenantLog): Promise<boolean> {
  const { previous, current } = event.payload?.data ?? {};
  // Another message of the same update may have brought the version: a customer's comment on a solved ticket reopens it.
  if (typeof previous === "string" && typeof current === "string") return isSolved(previous) && !isSolved(current);
  const [from, to] = [await previousData(event, log), await dataAt(event.key, event.sequence, log)];
  return from?.kind === "ticket" && isSolved(from.status) && to?.kind === "ticket" && !isSolved(to.status);
}

const previousData = ({ key, sequence }: Pick<LoggedEvent, "key" | "sequence">, log: TenantLog) => dataAt(key, sequence - 1, log);

async function dataAt(key: string, sequence: number, log: TenantLog): Promise<RecordData | null> {
  const [record] = await openReader(log, { at: sequence }).records([key]);
  return record?.data ?? null;
}
