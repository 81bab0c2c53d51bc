import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { EventInput, RecordKind } from "@sidelight/model/records.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { type Derived, derivedFrom, ourselves, riskRaised } from "./derived.ts";
import { differs, notedStanding, noteStanding, type Standing, worsening } from "./healthState.ts";

/** Kinds of records that health is made of. */
export const ofHealth: readonly RecordKind[] = ["ticket", "rating", "usage", "company"];

/** A comment changes nothing of what health is made of. */
export const bearsOnHealth = ({ type, platform, payload }: LoggedEvent): boolean =>
  payload?.record != null &&
  platform !== ourselves &&
  ofHealth.includes(payload.record.data.kind) &&
  !type.endsWith(".comment_added");

/** While the store is filled for the first time, what changes is what we know and not how the customer stands. */
export async function isFilling({ store }: TenantLog): Promise<boolean> {
  const row = await store.from("checkpoints").select("stream").where("complete", "=", 0).executeTakeFirst();
  return row !== undefined;
}

/** How a customer stands since an event. */
export interface Situation {
  /** `company:…`, or `person:…` for somebody of no company. */
  customer: string;
  health: (Standing & Partial<Pick<HealthData, "drivers">>) | null;
  /** How they stood before it; asked where nothing was noted yet. */
  before(): Promise<Standing | null>;
}

/** What a customer's health has turned to: told when band or trend is another than was noted. At first sight it is noted. */
export async function turned(log: TenantLog, event: LoggedEvent, { customer, health, before }: Situation): Promise<Derived> {
  const { payload } = event;
  if (!payload || !health || health.score === null) return { events: [], statements: [] };
  const known = await notedStanding(log, customer);
  const from = known ?? (await before());
  const isNew = from !== null && from.score !== null && differs(from, health);
  const statements = known && !isNew ? [] : [noteStanding(log, customer, health, event.sequence)];
  if (!isNew) return { events: [], statements };
  const reasons = worsening(from, health);
  const name = `churn_risk:${event.event_id}`;
  const risks = reasons.length > 0 ? [riskRaised(event, payload, { name, reasons, words: [], ticket: null })] : [];
  return { events: [healthChanged(event, payload, customer, from, health), ...risks], statements };
}

function healthChanged(
  event: LoggedEvent,
  payload: EventPayload,
  customer: string,
  from: Standing,
  to: NonNullable<Situation["health"]>,
): EventInput {
  const drivers = to.drivers?.slice(0, 3).map(({ key, points }) => ({ key, points }));
  return {
    ...derivedFrom(event, payload, "customer.health.changed", `health:${event.event_id}`),
    data: { customer, from: standing(from), to: standing(to), drivers: drivers ?? [], causedBy: event.event_id },
  };
}

const standing = ({ score, band, trend }: Standing): Standing => ({ score, band, trend });
