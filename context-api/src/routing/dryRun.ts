import { changesBetween } from "../config/diff.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import { type LoggedEvent, listEventsAfter } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import { heardIn } from "../signals/churnSignals.ts";
import { deliveryOf } from "./match.ts";
import { type Knowledge, openDocument } from "./routeDocument.ts";
import { isNews } from "./router.ts";
import type { RoutesInUse } from "./routes.ts";

/** Something that would have been done otherwise. */
export interface Difference {
  event: { id: string; type: string; at: number };
  /** Null for an event that would have been derived, or would not. */
  route: string | null;
  /** `salesforce create-task` */
  what: string;
  kind: "more" | "fewer" | "other";
  /** What differs, by name and without its values: those are somebody's. */
  fields: string[];
}

export interface DryRun {
  events: number;
  /** Deliveries that both would have made, the same. */
  same: number;
  differences: Difference[];
}

interface DryRunDeps {
  log: TenantLog;
  knowledge: Knowledge;
}

const batch = 500;

/** What other routes would have done with the events received since an instant (epoch ms). Reads only; nothing is sent or written. */
export async function dryRun(deps: DryRunDeps, since: number, before: RoutesInUse, after: RoutesInUse): Promise<DryRun> {
  const found: DryRun = { events: 0, same: 0, differences: [] };
  // A name counts once on either side, as it does among the deliveries.
  const sides = { before: sideOf(before), after: sideOf(after) };
  let last = await sequenceBefore(deps.log, since);
  for (;;) {
    const events = await listEventsAfter(deps.log, last, batch);
    if (events.length === 0) return found;
    for (const event of events.filter(isNews)) {
      found.events += 1;
      compare(event, await made(event, sides.before, deps), await made(event, sides.after, deps), found);
      found.differences.push(...raised(event, before, after));
    }
    last = events.at(-1)!.sequence;
  }
}

interface Side {
  use: RoutesInUse;
  seen: Set<string>;
}

const sideOf = (use: RoutesInUse): Side => ({ use, seen: new Set() });

/** By route. */
async function made(event: LoggedEvent, { use, seen }: Side, deps: DryRunDeps): Promise<Map<string, NewDelivery>> {
  const document = openDocument(event, await deps.knowledge.of(event), use.settings);
  const deliveries = new Map<string, NewDelivery>();
  for (const route of use.routes.filter((r) => r.matches(event.type))) {
    const delivery = await deliveryOf(route, event, document, use.version, deps);
    if (delivery && !seen.has(delivery.id)) deliveries.set(route.id, delivery);
    if (delivery) seen.add(delivery.id);
  }
  return deliveries;
}

function compare(event: LoggedEvent, old: Map<string, NewDelivery>, now: Map<string, NewDelivery>, found: DryRun): void {
  for (const route of new Set([...old.keys(), ...now.keys()])) {
    const [a, b] = [old.get(route), now.get(route)];
    const fields = a && b ? changesBetween(shown(a), shown(b)).map(({ path }) => path.join(".")) : [];
    if (a && b && fields.length === 0) {
      found.same += 1;
      continue;
    }
    const { target, action } = (b ?? a)!;
    const kind = a && b ? "other" : b ? "more" : "fewer";
    found.differences.push({ event: told(event), route, what: `${target} ${action}`, kind, fields });
  }
}

const shown = ({ target, action, state, input, message }: NewDelivery) => ({ target, action, state, message, input });

/** Churn words that are others raise a risk in other tickets. */
function raised(event: LoggedEvent, before: RoutesInUse, after: RoutesInUse): Difference[] {
  const isRisk = ({ settings }: RoutesInUse) => (heardIn(event, settings.risk)?.reasons.length ?? 0) > 0;
  if (isRisk(before) === isRisk(after)) return [];
  const kind = isRisk(after) ? "more" : "fewer";
  return [{ event: told(event), route: null, what: "customer.churn_risk.raised", kind, fields: [] }];
}

const told = ({ event_id: id, type, received_at: at }: LoggedEvent) => ({ id, type, at });

async function sequenceBefore({ store }: TenantLog, since: number): Promise<number> {
  const first = await store
    .from("events")
    .select("sequence")
    .where("received_at", ">=", since)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return first ? first.sequence - 1 : Number.MAX_SAFE_INTEGER;
}
