import type { SettingsShape } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";

const word = z
  .string()
  .regex(/^[a-z][A-Za-z0-9-]{0,59}$/, "must be letters, digits and dashes, starting with a lower-case letter");
const eventType = z
  .string()
  .regex(/^[a-z*][a-z0-9_*]*(\.[a-z*][a-z0-9_*]*){2}$/, "must be an event type: platform.object.created or platform.object.*");

/** What happens to later deliveries of a customer when one goes to the dead-letter queue. */
export const OnFailure = z.enum([
  /** They continue. */
  "continue",
  /** They wait until a person requeues the failed one. */
  "hold",
  /** They wait, and an alert asks for a review. */
  "review",
]);
export type OnFailure = z.infer<typeof OnFailure>;

export const RouteConfig = z.strictObject({
  id: word,
  /** Event types that the route takes. */
  on: z.union([eventType, z.array(eventType).min(1)]).transform((on) => (Array.isArray(on) ? on : [on])),
  /** JSONata condition: the route takes events for which it is true. Default: all. */
  when: z.string().optional(),
  /** Id of the target connection. */
  to: z.string(),
  /** Action of the target's platform. */
  do: z.string(),
  /** Name of a transformer, or JSONata: the action's input. */
  with: z.string(),
  /** JSONata idempotency key: a second event with the same value has no effect. Default: the event's id. */
  oncePer: z.string().optional(),
  /** Subject of the effect, whose consent it needs: the person, or the company, which needs none. */
  about: z.enum(["person", "company"]).default("person"),
  onFailure: OnFailure.default("continue"),
  enabled: z.boolean().default(true),
  /** True omits the route without an error when its connection lacks the action. */
  optional: z.boolean().default(false),
});
export type RouteConfig = z.infer<typeof RouteConfig>;

/** Transformers (JSONata) by name. */
const Transforms = z.record(word, z.string()).default({});

/** A platform's default routes. Their target is the tenant's connection of that platform. */
export const DefaultRoutes = z.strictObject({ routes: z.array(RouteConfig.omit({ to: true })), transforms: Transforms });
export type DefaultRoutes = z.infer<typeof DefaultRoutes>;

const defaultChurnWords: Record<string, string[]> = {
  en: ["cancel", "terminate", "switch to", "competitor", "refund", "not renew"],
  de: ["kündig", "wechseln zu", "mitbewerber", "erstattung", "nicht verlängern"],
  fr: ["résili", "passer à la concurrence", "rembours", "ne pas renouveler"],
  es: ["cancelar", "darnos de baja", "competencia", "reembols", "no renovar"],
};

const riskSettings = {
  /** Account value above which default routes report a churn risk, in any currency. */
  accountAbove: z.number().nonnegative().default(50_000),
  /** Word beginnings that indicate churn, by language. A language that is not listed keeps the default words; [] disables it. */
  churnWords: z
    .record(z.string(), z.array(z.string().trim().min(1)))
    .default({})
    .transform((words) => ({ ...defaultChurnWords, ...words })),
};

/** Routing settings of the server. Platforms add the settings of their default routes, see {@link routingSettingsSchema}. */
const RoutingSettings = z.looseObject({ risk: z.looseObject(riskSettings).prefault({}) });
export type RoutingSettings = z.infer<typeof RoutingSettings>;

export const RoutingConfig = z.strictObject({
  /** True adds the platforms' default routes. A route with the same id replaces or disables one. */
  defaults: z.boolean().default(false),
  settings: RoutingSettings.prefault({}),
  transforms: Transforms,
  routes: z.array(RouteConfig).default([]),
});
export type RoutingConfig = z.infer<typeof RoutingConfig>;

/**
 * The schema of `routing.settings`: the server's settings and those of all platforms. It refuses unknown names.
 * @throws {Error} when two platforms define the same setting
 */
export function routingSettingsSchema(shapes: readonly SettingsShape[]): z.ZodType<RoutingSettings> {
  const schemas: Record<string, z.ZodType> = {};
  const groups: Record<string, Record<string, z.ZodType>> = { risk: riskSettings };
  for (const [name, part] of shapes.flatMap((shape) => Object.entries(shape))) {
    if (name in schemas || (isSchema(part) && name in groups))
      throw new Error(`Two platforms define the routing setting ${name}.`);
    if (isSchema(part)) schemas[name] = part;
    else groups[name] = mergeGroup(name, groups[name] ?? {}, part);
  }
  for (const [name, group] of Object.entries(groups)) schemas[name] = z.strictObject(group).prefault({});
  return z.strictObject(schemas) as unknown as z.ZodType<RoutingSettings>;
}

const isSchema = (part: SettingsShape[string]): part is z.ZodType => typeof part["parse"] === "function";

function mergeGroup(name: string, group: Record<string, z.ZodType>, part: Record<string, z.ZodType>): Record<string, z.ZodType> {
  const duplicate = Object.keys(part).find((member) => member in group);
  if (duplicate !== undefined) throw new Error(`Two platforms define the routing setting ${name}.${duplicate}.`);
  return { ...group, ...part };
}
