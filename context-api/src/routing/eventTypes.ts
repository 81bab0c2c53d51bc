import type { RecordKind } from "@sidelight/model/records.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { didYouMean } from "../config/didYouMean.ts";
import type { RouteConfig } from "../config/routing.ts";
import type { TenantConfig } from "../config/schema.ts";
import { coreEventSchemas } from "../log/schema/registry.ts";
import { healthFellType } from "../signals/healthFalls.ts";
import { defaultRoutesOf } from "./defaults.ts";
import { matchesPattern } from "./routes.ts";

/** The event types that can occur with a configuration. */
export interface EventTypes {
  types: readonly string[];
  /** Objects whose events have names of the sender's own, beside ours: `salesforce.case` with callouts. */
  open: readonly string[];
  /** Objects whose events have no other names: `generic.event`. */
  free: readonly string[];
}

/** Changes that a pull finds, by kind of record. Imported history is not routed. */
const changesOf: Record<RecordKind, readonly string[]> = {
  company: ["owner_changed"],
  person: ["opted_out", "opted_in"],
  ticket: ["status_changed", "priority_changed", "organization_changed", "requester_changed"],
  opportunity: ["closed_won", "closed_lost", "reopened"],
  rating: [],
  activity: [],
  case: [],
  usage: [],
  membership: [],
  note: [],
  decision: [],
};
const commonChanges = ["created", "updated", "deleted", "undeleted"];

export function eventTypesOf(platforms: readonly Platform[], { connections }: Pick<TenantConfig, "connections">): EventTypes {
  const types = new Set([
    healthFellType,
    ...coreEventSchemas.map((schema) => schema.types).filter((type) => /^[a-z_.]+$/.test(type)),
  ]);
  const open: string[] = [];
  const free: string[] = [];
  for (const platform of platforms) {
    // A default route may wait for an event that a connection can report once it is configured.
    for (const type of defaultRoutesOf(platform).routes.flatMap(({ on }) => on)) if (!type.includes("*")) types.add(type);
    for (const [object, { kind }] of Object.entries(platform.objects))
      for (const change of [...commonChanges, ...changesOf[kind]]) types.add(`${platform.name}.${object}.${change}`);
    for (const [object, changes] of Object.entries(platform.eventTypes ?? {})) {
      if (changes === "any") free.push(`${platform.name}.${object}`);
      else for (const change of changes) types.add(`${platform.name}.${object}.${change}`);
    }
    for (const connection of connections.filter((c) => c.platform === platform.name))
      for (const type of platform.configuredEventTypes?.(connection.webhooks) ?? []) {
        if (type.endsWith(".*")) open.push(type.slice(0, -2));
        else types.add(type);
      }
  }
  return { types: [...types], open, free };
}

/** What is wrong with an event type or pattern of a route; null when it can occur. */
export function eventTypeProblem(pattern: string, { types, open, free }: EventTypes): string | null {
  if (types.some((type) => matchesPattern(pattern, type))) return null;
  const object = pattern.slice(0, pattern.lastIndexOf("."));
  if (free.includes(object)) return null;
  const suggestion = didYouMean(pattern, types);
  // A name of the sender's own can be any, except one that looks like a typing error.
  if (open.includes(object) && suggestion === "") return null;
  return `there is no event ${pattern}${suggestion || nextStep(pattern, types)}`;
}

function nextStep(pattern: string, types: readonly string[]): string {
  const [platform = "", object = ""] = pattern.split(".");
  const ofPlatform = types.filter((type) => type.startsWith(`${platform}.`));
  const objects = [...new Set(ofPlatform.map((type) => type.split(".")[1] ?? ""))];
  if (objects.length === 0) return `; events come from: ${[...new Set(types.map((type) => type.split(".")[0]))].join(", ")}`;
  if (!objects.includes(object)) return didYouMean(object, objects) || `; ${platform} has events of: ${objects.join(", ")}`;
  const changes = ofPlatform
    .filter((type) => type.startsWith(`${platform}.${object}.`))
    .map((type) => type.split(".")[2])
    .sort();
  return `; ${platform}.${object} has: ${changes.join(", ")}`;
}

/** The event types that a route takes; a name of the sender's own as the route has it. */
export const typesOf = ({ on }: Pick<RouteConfig, "on">, { types, open, free }: EventTypes): string[] => {
  const senders = on.filter((pattern) => [...open, ...free].some((object) => pattern.startsWith(`${object}.`)));
  return [...types.filter((type) => on.some((pattern) => matchesPattern(pattern, type))), ...senders];
};

/** The objects that a route's events can be about, as `platform.object`. */
export const objectsOf = (route: Pick<RouteConfig, "on">, eventTypes: EventTypes): string[] => [
  ...new Set(typesOf(route, eventTypes).map((type) => type.slice(0, type.lastIndexOf(".")))),
];
