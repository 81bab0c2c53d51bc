import type { HealthData } from "@sidelight/shared/context/sections.ts";
import type { LoggedEvent } from "../events/list.ts";
import type { TenantLog } from "../events/log.ts";
import type { EventPayload } from "../events/payload.ts";
import type { EventInput, RecordKind } from "../platforms/records.ts";
import { receivedName } from "../security/keyring.ts";
import type { Statement } from "../store/statement.ts";
import { interactionOf, type RiskReason, type RiskSettings, saidBy } from "./risk.ts";
import { differs, notedStanding, noteStanding, type Standing, worsening } from "./standing.ts";

/** What an event changes in how a customer stands: told as events of their own. */
export interface Derived {
  events: EventInput[];
  statements: Statement[];
}

type Health = Standing & Partial<Pick<HealthData, "drivers">>;

/** How the customer of an event stands, as known when it came. */
export interface Situation {
  customer: { id: string } | null;
  health: Health | null;
  /** The customer's company, whose health counts all its people. */
  company: { id: string; health: Health | null } | null;
  /**
   * How somebody stood just before the event, by `company:…` or `person:…`. Asked once for each; where it is left out, whoever is
   * seen for the first time is noted and nothing told.
   */
  before?(customer: string): Promise<Standing | null>;
}

export interface Deriver {
  /** @param situation is costly: it is read only for events that can matter */
  derive(event: LoggedEvent, situation: () => Promise<Situation>): Promise<Derived>;
}

/** The platform and the connection of derived events. */
export const ourselves = "sidelight";

/** Kinds of records that health is made of. */
const ofHealth: readonly RecordKind[] = ["ticket", "rating", "usage", "company"];

/**
 * Tells what follows from events. There is one deriver for each batch of events that is committed together: what it has told
 * stands in the store only then.
 */
export function openDeriver(log: TenantLog, settings: RiskSettings): Deriver {
  const noted = new Map<string, Standing>();
  let filling: Promise<boolean> | undefined;
  const told = new Set<string>();

  /** Where the customer's health is another since the event: from what. */
  async function turnOf(event: LoggedEvent, situation: Situation): Promise<Turn | null> {
    const { customer, health } = situation.company?.health
      ? { customer: situation.company.id, health: situation.company.health }
      : { customer: situation.customer?.id, health: situation.health };
    if (customer === undefined || !health || health.score === null) return null;
    const known = noted.get(customer) ?? (await notedStanding(log, customer));
    const from = known ?? (await situation.before?.(customer)) ?? null;
    noted.set(customer, health);
    const isNew = from !== null && from.score !== null && differs(from, health);
    const statements = known && !isNew ? [] : [noteStanding(log, customer, health, event.sequence)];
    return { customer, from: isNew ? from : null, to: health, statements };
  }

  /** A ticket is a risk once, whatever is said in it afterwards. */
  async function wasTold(ref: string): Promise<boolean> {
    if (told.has(ref)) return true;
    const row = await log.store
      .from("events")
      .select("sequence")
      .where("key", "=", log.key(ref))
      .where("source_event_id", "=", receivedName(log.keys, ourselves, ticketRisk(ref)))
      .executeTakeFirst();
    return row !== undefined;
  }

  return {
    async derive(event, situation) {
      const { payload } = event;
      if (!payload || event.platform === ourselves) return { events: [], statements: [] };
      filling ??= isFilling(log);
      const turn = bearsOnHealth(event, payload) && !(await filling) ? await turnOf(event, await situation()) : null;
      const events: EventInput[] = [];
      if (turn?.from) events.push(healthChanged(event, payload, { ...turn, from: turn.from }));
      const heard = heardIn(event, payload, turn, settings);
      const isTickets = heard.reasons.length > 0 && !(await wasTold(payload.ref));
      if (isTickets) told.add(payload.ref);
      const turned = turn?.from ? worsening(turn.from, turn.to) : [];
      const reasons = [...new Set([...(isTickets ? heard.reasons : []), ...turned])];
      if (reasons.length > 0)
        events.push(riskRaised(event, payload, { reasons, isTickets, words: isTickets ? heard.words : [] }));
      return { events, statements: turn?.statements ?? [] };
    },
  };
}

/** While the store is filled for the first time, what changes is what we know and not how the customer stands. */
async function isFilling({ store }: TenantLog): Promise<boolean> {
  const row = await store.from("checkpoints").select("stream").where("complete", "=", 0).executeTakeFirst();
  return row !== undefined;
}

interface Turn {
  customer: string;
  from: Standing | null;
  to: Health;
  statements: Statement[];
}

/** A comment changes nothing of what health is made of. */
function bearsOnHealth({ type }: LoggedEvent, { record }: EventPayload): boolean {
  return record !== null && ofHealth.includes(record.data.kind) && !type.endsWith(".comment_added");
}

/** What a ticket's event says of leaving. */
function heardIn({ type }: LoggedEvent, payload: EventPayload, turn: Turn | null, settings: RiskSettings) {
  const isHeard = /\.(created|comment_added|priority_changed)$/.test(type) && interactionOf(payload)?.type === "ticket";
  if (!isHeard) return { reasons: [], words: [] };
  const { reasons, words } = saidBy(payload, settings);
  const isFalling = type.endsWith(".created") && turn?.to.trend === "falling";
  return { reasons: isFalling ? [...reasons, "health_falling" as const] : reasons, words };
}

const ticketRisk = (ref: string): string => `churn_risk:${ref}`;

function riskRaised(
  event: LoggedEvent,
  payload: EventPayload,
  { reasons, words, isTickets }: { reasons: RiskReason[]; words: string[]; isTickets: boolean },
): EventInput {
  const name = isTickets ? ticketRisk(payload.ref) : `churn_risk:${event.event_id}`;
  const ticket = isTickets ? payload.ref : null;
  return {
    ...derivedFrom(event, payload, "customer.churn_risk.raised", name),
    interaction: interactionOf(payload),
    data: { reasons, words, ticket, causedBy: event.event_id },
  };
}

function healthChanged(event: LoggedEvent, payload: EventPayload, turn: Turn & { from: Standing }): EventInput {
  const { customer, from, to } = turn;
  const drivers = to.drivers?.slice(0, 3).map(({ key, points }) => ({ key, points }));
  return {
    ...derivedFrom(event, payload, "customer.health.changed", `health:${event.event_id}`),
    data: { customer, from: standing(from), to: standing(to), drivers: drivers ?? [], causedBy: event.event_id },
  };
}

const standing = ({ score, band, trend }: Standing): Standing => ({ score, band, trend });

/** About the same object, and so about the same person, as what caused it. */
function derivedFrom(event: LoggedEvent, { ref }: EventPayload, type: string, name: string): EventInput {
  return {
    type,
    timestamp: event.timestamp,
    platform: ourselves,
    connection: ourselves,
    object: event.object,
    ref,
    subject: ref,
    subjectKey: event.subject,
    sourceIds: [name],
    record: null,
    interaction: null,
    data: {},
    isEcho: false,
  };
}
