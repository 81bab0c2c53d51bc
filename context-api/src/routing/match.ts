import { createHmac } from "node:crypto";
import { withMembers } from "@sidelight/model/changedMembers.ts";
import canonicalize from "canonicalize";
import { withheldMessage } from "../context/consent.ts";
import type { NewDelivery } from "../deliveries/deliveryQueue.ts";
import type { LoggedEvent } from "../log/listEvents.ts";
import type { TenantLog } from "../log/log.ts";
import type { EventPayload } from "../log/payload.ts";
import { type Reason, reason } from "./decisions.ts";
import type { Origin } from "./echoes.ts";
import { ExpressionError } from "./expression.ts";
import type { CustomerDataSource, Document } from "./routeDocument.ts";
import type { Route } from "./routes.ts";
import { joinMsOf, type Tier } from "./tiers.ts";

interface MatchDeps {
  log: TenantLog;
  customerData: CustomerDataSource;
}

/** An event whose payload could be decrypted: the subject was not erased. */
export type ReadableEvent = LoggedEvent & { payload: EventPayload };

/** What a route makes of an event: a delivery, or the reason why it makes none. */
export type Plan = { delivery: NewDelivery; exceeded?: boolean } | { reason: Reason };

/** Deliveries that may lead to a further one. More can only be routes that cause each other. */
const maxHops = 10;

/**
 * @param origin whose change the event reports
 * @param tierOf the tier of the event's customer; none when left out
 */
export async function planDelivery(
  route: Route,
  event: ReadableEvent,
  eventDocument: Document,
  { version, origin, tierOf }: { version: string; origin: Origin; tierOf?: () => Promise<Tier | null> },
  { log, customerData }: MatchDeps,
): Promise<Plan> {
  const { payload } = event;
  const document = eventDocument.forPurpose(route.purpose);
  const base = {
    route: route.id,
    target: route.target.id,
    action: route.config.do,
    event,
    config: version,
    consentSubject: payload.ref,
    purpose: route.purpose,
    name: null,
    inputHash: null,
    input: null,
    hops: origin.hops,
    cause: null,
    message: null,
    joinMs: route.config.joinSeconds * 1_000,
    waitsBehindDeadLetter: route.config.onFailure !== "continue",
  };
  const idOf = (identity: string) => deliveryId(log.keys.indexKey, route.id, identity);
  try {
    if (route.when && (await document.evaluate(route.when)) !== true) return { reason: await conditionReason(route, document) };
    if (isRepeatedAlert(route, event)) return { reason: reason("already_alerted") };
    if (origin.hops >= maxHops) return { reason: reason("loop") };
    const onceKey = route.oncePer ? await document.evaluate(route.oncePer) : undefined;
    const id = idOf(onceKey === undefined || onceKey === null ? eventIdentity(event) : `once:${JSON.stringify(onceKey)}`);
    base.consentSubject = await consentSubjectOf(route, payload, document);
    const withdrawal = await customerData.withdrawalOf(base.consentSubject, route.purpose);
    if (withdrawal) return { delivery: { ...base, id, state: "withheld", message: withheldMessage(withdrawal) } };
    const { value, wasRead } = await document.evaluateWith(route.map, payload.record?.data ?? null);
    if (wasRead && (await isUnchangedFor(route, event, document, { value, origin }, customerData)))
      return { reason: reason(origin.of === "partly_own" ? "echo" : "unchanged") };
    const input = route.action.input.safeParse(value);
    if (!input.success) {
      const [issue] = input.error.issues;
      const path = issue?.path.join(".") || "the whole value";
      const message = `The mapping does not fit the action ${route.config.do}: ${path}: ${issue?.message}.`;
      return { delivery: { ...base, id, state: "dead_letter", cause: "misconfigured", message } };
    }
    const name = route.action.sameAs(input.data);
    const nameHash = name === null ? null : log.identifier("delivery", `${route.target.id}\n${route.config.do}\n${name}`);
    const inputHash = name === null ? null : log.identifier("input", canonicalize(input.data) ?? "");
    const tier = (await tierOf?.()) ?? null;
    const waiting = { state: "waiting" as const, joinMs: joinMsOf(route, name, tier), customerTier: tier?.name ?? null };
    return { delivery: { ...base, id, name: nameHash, inputHash, input: input.data, ...waiting } };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const message = `An expression of the route failed: ${error.message}.`;
    const delivery = { ...base, id: idOf(eventIdentity(event)), state: "dead_letter" as const, cause: "misconfigured", message };
    return { delivery, exceeded: error.exceeded };
  }
}

/**
 * One notion of "already alerted" for the routes of all targets. Analytics counts every risk: an event in a report interrupts no one.
 */
const isRepeatedAlert = ({ purpose }: Route, { type, payload }: ReadableEvent): boolean =>
  type === "customer.churn_risk.raised" && payload.data["isRepeat"] === true && purpose !== "analytics";

/** A condition that reads a link which the customer lacks is not met because of that. */
async function conditionReason({ linksRead }: Route, document: Document): Promise<Reason> {
  if (linksRead.length === 0) return reason("condition_false");
  const links = await document.part("links");
  const missingLink = linksRead.find(({ platform, object }) => links[platform]?.[object] === undefined);
  return missingLink ? reason("no_link", `${missingLink.platform}.${missingLink.object}`) : reason("condition_false");
}

/**
 * True when the route gives the same value for the record's previous version, so that the event changed nothing it maps. Applies to
 * `.updated` events, because every other type is a change of its own, and to events that report our own changes too: then the
 * previous version is compared with our changes in it.
 */
async function isUnchangedFor(
  route: Route,
  event: ReadableEvent,
  document: Document,
  { value, origin }: { value: unknown; origin: Origin },
  customerData: CustomerDataSource,
): Promise<boolean> {
  const isPartlyOwn = origin.of === "partly_own" && origin.ownMembers.length > 0;
  if (!event.type.endsWith(".updated") && !isPartlyOwn) return false;
  const previousRecord = await customerData.previousRecord(event);
  if (previousRecord === null) return false;
  const previous = isPartlyOwn ? withMembers(previousRecord, origin.ownMembers, event.payload.record?.data) : previousRecord;
  if (route.when && (await document.evaluateWith(route.when, previous)).value !== true) return false;
  const previousResult = await document.evaluateWith(route.map, previous);
  return JSON.stringify(previousResult.value) === JSON.stringify(value);
}
/** Ref of whose consent counts: the company for routes about companies, otherwise the person the object belongs to. */
async function consentSubjectOf({ config }: Route, payload: EventPayload, document: Document): Promise<string> {
  const customer = config.about === "company" ? await document.part("customer") : null;
  return customer?.company ? customer.company.id : personOf(payload);
}

/** Ref of the person whose consent a route needs, before anything else is read; null when the route may not get that far. */
export const expectedConsent = ({ config, when }: Route, payload: EventPayload): string | null =>
  when === null && config.about !== "company" ? personOf(payload) : null;

const personOf = ({ ref, record }: EventPayload): string =>
  record?.edges.find(({ rel }) => rel === "requester" || rel === "person" || rel === "user")?.to ?? ref;

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
