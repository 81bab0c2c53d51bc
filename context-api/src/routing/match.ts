import { createHmac } from "node:crypto";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { ExpressionError } from "./expression.ts";
import type { Document, Knowledge } from "./routeDocument.ts";
import type { Route } from "./routes.ts";

interface MatchDeps {
  log: TenantLog;
  knowledge: Knowledge;
}

/** What a route makes of an event: a delivery, or null when it is none of its business. */
export async function deliveryOf(
  route: Route,
  event: LoggedEvent,
  document: Document,
  version: string,
  { log, knowledge }: MatchDeps,
): Promise<NewDelivery | null> {
  const base = {
    route: route.id,
    target: route.target.id,
    action: route.config.do,
    event,
    config: version,
    about: event.payload!.ref,
    name: null,
    input: null,
    cause: null,
    message: null,
    waitsBehindDead: route.config.onFailure !== "continue",
  };
  const idOf = (identity: string) => deliveryId(log.keys.indexKey, route.id, identity);
  try {
    if (route.when && (await document.evaluate(route.when)) !== true) return null;
    const named = route.oncePer ? await document.evaluate(route.oncePer) : undefined;
    const id = idOf(named === undefined || named === null ? identityOf(event) : `once:${JSON.stringify(named)}`);
    base.about = await aboutOf(route, event.payload!, document);
    if (await knowledge.hasDeclined(base.about)) return { ...base, id, state: "withheld", message: "The person has declined." };
    const { value, wasRead } = await document.evaluateWith(route.map, event.payload!.record?.data ?? null);
    if (wasRead && event.type.endsWith(".updated") && (await saidSoBefore(route, event, document, value, knowledge))) return null;
    const input = route.action.input.safeParse(value);
    if (!input.success) {
      const [issue] = input.error.issues;
      const message = `The mapping gives what ${route.config.do} doesn't take: ${issue?.path.join(".") || "the whole"}: ${issue?.message}.`;
      return { ...base, id, state: "dead", cause: "misconfigured", message };
    }
    const name = route.action.sameAs(input.data);
    const hashed = name === null ? null : log.identifier("delivery", `${route.target.id}\n${route.config.do}\n${name}`);
    return { ...base, id, name: hashed, input: input.data, state: "waiting" };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const message = `An expression of the route failed: ${error.message}.`;
    return { ...base, id: idOf(identityOf(event)), state: "dead", cause: "misconfigured", message };
  }
}

/**
 * True when no field that the mapping looks at has changed: with what the object said before, the route would have said the same.
 * Asked of mere updates; events of any other name are news by their name.
 */
async function saidSoBefore(
  route: Route,
  event: LoggedEvent,
  document: Document,
  value: unknown,
  knowledge: Knowledge,
): Promise<boolean> {
  const before = await knowledge.recordBefore(event);
  if (before === null) return false;
  if (route.when && (await document.evaluateWith(route.when, before)).value !== true) return false;
  const said = await document.evaluateWith(route.map, before);
  return JSON.stringify(said.value) === JSON.stringify(value);
}

/** Whose consent counts: the person whom the object is about, or else the object's customer. Of a company only the company's. */
async function aboutOf({ config }: Route, { ref, record }: EventPayload, document: Document): Promise<string> {
  const customer = config.about === "company" ? await document.part("customer") : null;
  if (customer?.company) return customer.company.id;
  return record?.edges.find(({ rel }) => rel === "requester" || rel === "person" || rel === "user")?.to ?? ref;
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
