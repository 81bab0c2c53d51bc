import type { Customer } from "@sidelight/shared/context/context.ts";
import type { AccountData, HealthData, ProductData, SupportData } from "@sidelight/shared/context/sections.ts";
import type { Event } from "@sidelight/shared/events/event.ts";
import type { RoutingSettings } from "../config/routing.ts";

const at = "2026-11-20T09:00:00.000Z";

const customer: Customer = {
  id: "person:sample",
  name: "Sam Sample",
  email: "sam@example.com",
  company: { id: "company:sample", name: "Example", domain: "example.com", parent: null },
  masked: [],
};
const account: AccountData = {
  id: "0015g00000ABCDEAA3",
  name: "Example",
  owner: { id: "0055g00000ABCDEAA3", name: "Rae Rep", kind: "user", email: "rae@example.com" },
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
const event: Omit<Event, "eventType"> = {
  eventId: "evt_01SAMPLE",
  timestamp: at,
  receivedAt: at,
  sequence: 1,
  tenant: "sample",
  schemaVersion: 1,
  correlationId: "sample",
  source: { platform: "zendesk", connection: "zendesk", objectType: "ticket", objectId: "1", sourceEventId: null },
  customer: { id: "person:sample", email: "sam@example.com", company: "Example" },
  interaction: { type: "ticket", priority: "high", category: "billing", description: "I want to cancel" },
  data: {},
};
const links = {
  salesforce: { account: "0015g00000ABCDEAA3", contact: "0035g00000ABCDEAA3", lead: "00Q5g00000ABCDEAA3" },
  zendesk: { ticket: "1", user: "2", organization: "3" },
  mixpanel: { user: "u_1" },
};
const ids = Object.fromEntries(
  Object.entries(links).map(([platform, own]) => [
    platform,
    Object.fromEntries(Object.entries(own).map(([object, id]) => [object, [id]])),
  ]),
);

/** What routes may see, complete and of the right types. What an event itself says differs by its type, and is left out. */
export const sampleDocument = (eventType: string, settings: RoutingSettings): object => ({
  event: { ...event, eventType },
  ref: "zendesk.ticket:1",
  record: {},
  customer,
  account,
  support,
  product,
  health,
  company: { id: "company:sample", name: "Example", account, support, product, health },
  links,
  ids,
  settings,
});
