import type { Customer } from "@sidelight/contracts/context/context.ts";
import type { AccountData, HealthData, ProductData, SupportData } from "@sidelight/contracts/context/sections.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";

const at = "2026-11-20T09:00:00.000Z";

const customer: Customer = {
  id: "person:sample",
  name: "Sam Sample",
  email: "sam@example.com",
  company: { id: "company:sample", name: "Example", domain: "example.com", parent: null },
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
  oldestOpenAt: at,
  highestPriority: "high",
  csat: { good: 3, bad: 1, score: 0.75, days: 90 },
  medianResolutionHours: 20,
  tickets: [],
};
const product: ProductData = {
  lastActiveAt: at,
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
  timestamp: at,
  receivedAt: at,
  sequence: 1,
  tenant: "sample",
  schemaVersion: 1,
  correlationId: "sample",
  customer: { id: "person:sample", email: "sam@example.com", company: "Example" },
  interaction: { type: "ticket", priority: "high", category: "billing", description: "I want to cancel" },
  data: {},
};

type Links = Record<string, Record<string, string>>;

/** A record of each kind that the connected platforms have. */
function linksOf(connections: readonly Pick<Connection, "platform">[]): Links {
  const named = (objects: object) => Object.fromEntries(Object.keys(objects).map((object) => [object, "1"]));
  return Object.fromEntries(connections.map(({ platform }) => [platform.name, named(platform.objects)]));
}

function idsOf(links: Links): Record<string, Record<string, string[]>> {
  const listed = (own: Record<string, string>) => Object.fromEntries(Object.entries(own).map(([object, id]) => [object, [id]]));
  return Object.fromEntries(Object.entries(links).map(([platform, own]) => [platform, listed(own)]));
}

/** What routes may see, complete and of the right types. What an event itself says differs by its type, and is left out. */
export function sampleDocument(
  eventType: string,
  settings: RoutingSettings,
  connections: readonly Pick<Connection, "platform">[],
): object {
  const [platform = "", objectType = ""] = eventType.split(".");
  const links = linksOf(connections);
  return {
    event: { ...event, eventType, source: { platform, connection: platform, objectType, objectId: "1", sourceEventId: null } },
    ref: `${platform}.${objectType}:1`,
    record: {},
    customer,
    account,
    support,
    product,
    health,
    company: { id: "company:sample", name: "Example", account, support, product, health },
    links,
    ids: idsOf(links),
    settings,
  };
}
