import { createHmac } from "node:crypto";
import { z } from "zod";
import type { RoutingSettings } from "../config/routing.ts";
import { type LoggedEvent, listEventsAfter } from "../events/list.ts";
import type { TenantLog } from "../events/log.ts";
import type { Clock } from "../operations/clock.ts";
import type { Logger } from "../operations/logger.ts";
import type { Statement } from "../store/statement.ts";
import type { Deliveries, NewDelivery } from "./deliveries.ts";
import type { Documented, DocumentOf } from "./document.ts";
import { ExpressionError } from "./expression.ts";
import type { Route } from "./routes.ts";

export interface RouterDeps {
  log: TenantLog;
  clock: Clock;
  documentOf: DocumentOf;
  deliveries: Deliveries;
  routes(): { routes: readonly Route[]; settings: RoutingSettings; version: string };
  /** Told that deliveries were added. */
  onDeliveries(): void;
  logger: Logger;
}

const batch = 200;
const stream = "routing";
const Place = z.object({ sequence: z.number() });

/**
 * Follows the log and makes deliveries of its events, until the signal. The place in the log moves in the same commit as the
 * deliveries that came of it: cut off anywhere, no event is routed twice and none is left out.
 */
export async function followLog(deps: RouterDeps, signal: AbortSignal): Promise<void> {
  const { log, clock } = deps;
  let last = await placeOf(deps);
  while (!signal.aborted) {
    const woken = new AbortController();
    const stop = log.onTouch(() => woken.abort());
    try {
      const events = await listEventsAfter(log, last, batch);
      if (events.length === 0) {
        await clock.sleep(5_000, AbortSignal.any([signal, woken.signal])).catch(() => {});
        continue;
      }
      await route(events, deps);
      last = events.at(-1)!.sequence;
    } catch (error) {
      if (signal.aborted) return;
      deps.logger.error({ err: error, tenant: log.tenant }, "events could not be routed; trying again");
      await clock.sleep(2_000, signal).catch(() => {});
    } finally {
      stop();
    }
  }
}

async function route(events: LoggedEvent[], deps: RouterDeps): Promise<void> {
  const { log, clock, deliveries } = deps;
  const { routes, settings, version } = deps.routes();
  const statements: Statement[] = [];
  for (const event of events) {
    const wanted = isNews(event) ? routes.filter((r) => r.matches(event.type)) : [];
    if (wanted.length === 0) continue;
    const documented = await deps.documentOf(event, settings);
    for (const one of wanted) {
      const delivery = await deliveryOf(one, event, documented, version, log);
      const statement = delivery && (await deliveries.insert(delivery, clock.now()));
      if (statement) statements.push(statement);
    }
  }
  const state = JSON.stringify({ sequence: events.at(-1)!.sequence });
  await log.commit({ statements: [...statements, savePlace(deps, state)], correlationId: "routing" });
  if (statements.length > 0) deps.onDeliveries();
}

/** Our own doing is told back to us, and so is what we knew already: neither is acted upon. */
function isNews({ payload, type, schema_version }: LoggedEvent): boolean {
  if (!payload || payload.isEcho || type.endsWith(".imported")) return false;
  return schema_version === 1 || payload.record !== null || !isStateChange(type);
}

/** Events that say what a record has become. One whose version was known brought nothing. */
const isStateChange = (type: string): boolean =>
  /\.(created|updated|deleted|closed_\w+|reopened|\w+_changed|opted_\w+)$/.test(type);

async function deliveryOf(
  route: Route,
  event: LoggedEvent,
  { document, isWithheld }: Documented,
  config: string,
  log: TenantLog,
): Promise<NewDelivery | null> {
  const base = { route: route.id, target: route.target.id, action: route.config.do, event, config };
  const idOf = (identity: string) => deliveryId(log.keys.indexKey, route.id, identity);
  try {
    if (route.when && (await route.when.evaluate(document)) !== true) return null;
    const named = route.oncePer ? await route.oncePer.evaluate(document) : undefined;
    const id = idOf(named === undefined || named === null ? identityOf(event) : `once:${JSON.stringify(named)}`);
    if (isWithheld)
      return { ...base, id, name: null, input: null, state: "withheld", cause: null, message: "The person has declined." };
    const input = route.action.input.safeParse(await route.map.evaluate(document));
    if (!input.success) {
      const [issue] = input.error.issues;
      const message = `The mapping gives what ${route.config.do} doesn't take: ${issue?.path.join(".") || "the whole"}: ${issue?.message}.`;
      return { ...base, id, name: null, input: null, state: "dead", cause: "misconfigured", message };
    }
    const name = route.action.sameAs(input.data);
    const hashed = name === null ? null : log.identifier("delivery", `${route.target.id}\n${route.config.do}\n${name}`);
    return { ...base, id, name: hashed, input: input.data, state: "waiting", cause: null, message: null };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const message = `An expression of the route failed: ${error.message}.`;
    return { ...base, id: idOf(identityOf(event)), name: null, input: null, state: "dead", cause: "misconfigured", message };
  }
}

/**
 * The same change may be told by a webhook and found by a pull: both name its type, its object and its second. A thing is created
 * once, whenever that is noticed.
 */
function identityOf({ type, key, timestamp, event_id, payload }: LoggedEvent): string {
  if (!payload?.record) return event_id;
  if (type.endsWith(".created")) return `${type}\n${key}`;
  return `${type}\n${key}\n${Math.floor(timestamp / 1000)}`;
}

/** 32 hexadecimal digits: every platform takes them as a name. */
function deliveryId(indexKey: Parameters<typeof createHmac>[1], route: string, identity: string): string {
  return createHmac("sha256", indexKey).update(`${route}\n${identity}`).digest("hex").slice(0, 32);
}

/** What happened before there were routes is nobody's to act upon. */
async function placeOf({ log }: RouterDeps): Promise<number> {
  const row = await log.store
    .from("checkpoints")
    .select("state")
    .where("connection", "=", "")
    .where("stream", "=", stream)
    .executeTakeFirst();
  return row ? Place.parse(JSON.parse(row.state)).sequence : log.head();
}

function savePlace({ log, clock }: RouterDeps, state: string): Statement {
  const at = clock.now();
  const row = { state, complete: 1, records: 0, started_at: at, updated_at: at };
  return log.store.statements
    .insertInto("checkpoints")
    .values({ tenant: log.tenant, connection: "", stream, ...row })
    .onConflict((c) => c.columns(["tenant", "connection", "stream"]).doUpdateSet(row))
    .compile();
}
