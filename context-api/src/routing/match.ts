import { createHmac } from "node:crypto";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { ExpressionError } from "./expression.ts";
import type { CustomerDataSource, Document } from "./routeDocument.ts";
import type { Route } from "./routes.ts";

interface MatchDeps {
  log: TenantLog;
  customerData: CustomerDataSource;
}

/** An event whose payload could be decrypted: the subject was not erased. */
export type ReadableEvent = LoggedEvent & { payload: EventPayload };

/** The delivery that a route makes of an event; null when its condition does not hold or nothing it maps has changed. */
export async function planDelivery(
  route: Route,
  event: ReadableEvent,
  document: Document,
  version: string,
  { log, customerData }: MatchDeps,
): Promise<NewDelivery | null> {
  const { payload } = event;
  const base = {
    route: route.id,
    target: route.target.id,
    action: route.config.do,
    event,
    config: version,
    consentSubject: payload.ref,
    name: null,
    input: null,
    cause: null,
    message: null,
    waitsBehindDeadLetter: route.config.onFailure !== "continue",
  };
  const idOf = (identity: string) => deliveryId(log.keys.indexKey, route.id, identity);
  try {
    if (route.when && (await document.evaluate(route.when)) !== true) return null;
    const onceKey = route.oncePer ? await document.evaluate(route.oncePer) : undefined;
    const id = idOf(onceKey === undefined || onceKey === null ? eventIdentity(event) : `once:${JSON.stringify(onceKey)}`);
    base.consentSubject = await consentSubjectOf(route, payload, document);
    if (await customerData.hasDeclined(base.consentSubject))
      return { ...base, id, state: "withheld", message: "The person has declined." };
    const { value, wasRead } = await document.evaluateWith(route.map, payload.record?.data ?? null);
    if (wasRead && event.type.endsWith(".updated") && (await isUnchangedFor(route, event, document, value, customerData)))
      return null;
    const input = route.action.input.safeParse(value);
    if (!input.success) {
      const [issue] = input.error.issues;
      const path = issue?.path.join(".") || "the whole value";
      const message = `The mapping does not fit the action ${route.config.do}: ${path}: ${issue?.message}.`;
      return { ...base, id, state: "dead_letter", cause: "misconfigured", message };
    }
    const name = route.action.sameAs(input.data);
    const nameHash = name === null ? null : log.identifier("delivery", `${route.target.id}\n${route.config.do}\n${name}`);
    return { ...base, id, name: nameHash, input: input.data, state: "waiting" };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const message = `An expression of the route failed: ${error.message}.`;
    return { ...base, id: idOf(eventIdentity(event)), state: "dead_letter", cause: "misconfigured", message };
  }
}

/**
 * True when the route gives the same value for the record's previous version, so that the update changed nothing it maps.
 * Called for `.updated` events only: every other event type is a change of its own.
 */
async function isUnchangedFor(
  route: Route,
  event: LoggedEvent,
  document: Document,
  value: unknown,
  customerData: CustomerDataSource,
): Promise<boolean> {
  const previous = await customerData.previousRecord(event);
  if (previous === null) return false;
  if (route.when && (await document.evaluateWith(route.when, previous)).value !== true) return false;
  const previousResult = await document.evaluateWith(route.map, previous);
  return JSON.stringify(previousResult.value) === JSON.stringify(value);
}

/** Ref of whose consent counts: the company for routes about companies, otherwise the person the object belongs to. */
async function consentSubjectOf({ config }: Route, { ref, record }: EventPayload, document: Document): Promise<string> {
  const customer = config.about === "company" ? await document.part("customer") : null;
  if (customer?.company) return customer.company.id;
  return record?.edges.find(({ rel }) => rel === "requester" || rel === "person" || rel === "user")?.to ?? ref;
}

/**
 * A webhook and a pull can report the same change. Both have the same type, object and second. A creation has no time in its
 * identity, since it happens once whenever it is noticed.
 */
function eventIdentity({ type, key, timestamp, event_id, payload }: LoggedEvent): string {
  if (!payload?.record) return event_id;
  if (type.endsWith(".created")) return `${type}\n${key}`;
  return `${type}\n${key}\n${Math.floor(timestamp / 1000)}`;
}

/** 32 hexadecimal digits, which every platform accepts as an id. */
function deliveryId(indexKey: Parameters<typeof createHmac>[1], route: string, identity: string): string {
  return createHmac("sha256", indexKey).update(`${route}\n${identity}`).digest("hex").slice(0, 32);
}
