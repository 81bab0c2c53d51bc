import type { Customer } from "@sidelight/contracts/context/context.ts";
import type { AccountData, HealthData, ProductData, SupportData } from "@sidelight/contracts/context/sections.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";

const instant = "2026-11-20T09:00:00.000Z";

const customer: Customer = {
  id: "person:sample",
  name: "Sam Sample",
  email: "sam@example.com",
  company: { id: "company:sample", name: "Example", domain: "example.com", parent: null },
  provenance: {},
  masked: [],
};
const account: AccountData = {
  id: "1",
  name: "Example",
  owner: { id: "2", name: "Rae Rep", kind: "user", email: "rae@example.com" },
  arr: { amount: 60_000, currency: "EUR" },
  plan: "gold",
  stage: "Customer",
  renewalDate: "2027-01-31",
  nextStep: "Call",
  opportunities: [],
  activities: [],
};
const support: SupportData = {
  new: 1,
  open: 2,
  pending: 1,
  hold: 0,
  oldestOpenAt: instant,
  highestPriority: "high",
  csat: { good: 3, bad: 1, score: 0.75, days: 90 },
  medianResolutionHours: 20,
  tickets: [],
};
const product: ProductData = {
  lastActiveAt: instant,
  sessions30d: 12,
  trend: "falling",
  daily: Array.from({ length: 30 }, () => 1),
  features: [{ name: "Reports", share: 0.5 }],
  funnel: { name: "Onboarding", step: "Signed Up", steps: [{ name: "Signed Up", done: true }] },
  activeUsers30d: 1,
};
const health: HealthData = {
  score: 40,
  band: "at_risk",
  trend: "falling",
  drivers: [],
  missing: [],
  provisional: false,
};
const event: Omit<Event, "eventType" | "source"> = {
  eventId: "evt_01SAMPLE",
  timestamp: instant,
  receivedAt: instant,
  sequence: 1,
  tenant: "sample",
  schemaVersion: 1,
  correlationId: "sample",
  customer: { id: "person:sample", email: "sam@example.com", company: "Example" },
  interaction: { type: "ticket", priority: "high", category: "billing", description: "I want to cancel" },
  data: {},
};

type PlatformOnly = Pick<Connection, "platform">;

/** One record id per object of the connected platforms. */
function linksOf(connections: readonly PlatformOnly[]): Record<string, Record<string, string>> {
  const idByObject = (objects: object) => Object.fromEntries(Object.keys(objects).map((object) => [object, "1"]));
  return Object.fromEntries(connections.map(({ platform }) => [platform.name, idByObject(platform.objects)]));
}

function idsOf(links: Record<string, Record<string, string>>): Record<string, Record<string, string[]>> {
  const lists = (ids: Record<string, string>) => Object.fromEntries(Object.entries(ids).map(([object, id]) => [object, [id]]));
  return Object.fromEntries(Object.entries(links).map(([platform, ids]) => [platform, lists(ids)]));
}

/** The sample record of an object of a connected platform; empty when there is none. */
function sampleRecord(platformName: string, object: string, connections: readonly PlatformOnly[]): object {
  const samples = connections.find(({ platform }) => platform.name === platformName)?.platform.samples ?? {};
  return Object.hasOwn(samples, object) ? (samples[object] ?? {}) : {};
}

/** A complete document with values of the right types, for the check of routes. `event.data` is empty: it depends on the event type. */
export function sampleDocument(
  eventType: string,
  settings: RoutingSettings,
  connections: readonly PlatformOnly[],
): Record<string, unknown> {
  const [platform = "", objectType = ""] = eventType.split(".");
  const links = linksOf(connections);
  return {
    event: { ...event, eventType, source: { platform, connection: platform, objectType, objectId: "1", sourceEventId: null } },
    ref: `${platform}.${objectType}:1`,
    record: sampleRecord(platform, objectType, connections),
    customer,
    account,
    support,
    product,
    health,
    company: { id: "company:sample", name: "Example", account, support, product, health },
    previousCompany: { id: "company:previous", name: "Example", account, support, product, health },
    links,
    ids: idsOf(links),
    settings,
  };
}
