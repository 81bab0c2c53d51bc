import { isTimeZone } from "@sidelight/model/calendar.ts";
import { purposes } from "@sidelight/model/purposes.ts";
import type { SettingsShape } from "@sidelight/platform-kit/settings.ts";
import { z } from "zod";
import { TiersConfig } from "./tiers.ts";

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
  /** What the effect is for: a person who withdrew consent for it is left out. Default: the action's purpose. */
  purpose: z.enum(purposes).optional(),
  /** Its deliveries wait until this long after the previous one, so that several share a call. Default: each is sent at once. */
  joinSeconds: z.number().int().min(0).max(600).default(0),
  onFailure: OnFailure.default("continue"),
  enabled: z.boolean().default(true),
  /** Who looks after the route: a team or a function, not a person. */
  owner: z.string().trim().min(1).max(80).optional(),
  /** How urgent its failures are. Default: normal. */
  criticality: z.enum(["low", "normal", "high"]).optional(),
  /** True omits the route without an error when its connection lacks the action. */
  optional: z.boolean().default(false),
});
export type RouteConfig = z.infer<typeof RouteConfig>;

/** Switches off the default route of this id. */
const RouteSwitch = z.strictObject({ id: word, enabled: z.literal(false) });
type RouteSwitch = z.infer<typeof RouteSwitch>;

const isSwitch = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "enabled" in value &&
  value.enabled === false &&
  Object.keys(value).every((name) => name === "id" || name === "enabled");

/** A route, or `{ id, enabled: false }` for a default route. The faults are those of the form that is meant. */
const RouteEntry = z.unknown().transform((value, context): RouteConfig | RouteSwitch => {
  const parsed = (isSwitch(value) ? RouteSwitch : RouteConfig).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as (typeof context.issues)[number]);
  return z.NEVER;
});

export const isRoute = (entry: RouteConfig | RouteSwitch): entry is RouteConfig => "do" in entry;

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

/** About 50,000 US dollars. */
const defaultThresholds: Record<string, number> = {
  ...{ USD: 50_000, EUR: 45_000, GBP: 40_000, CHF: 45_000, CAD: 70_000, AUD: 75_000, NZD: 80_000, SGD: 65_000 },
  ...{ SEK: 500_000, NOK: 500_000, DKK: 350_000, PLN: 200_000, CZK: 1_100_000, ZAR: 900_000, BRL: 250_000, MXN: 900_000 },
  ...{ ILS: 180_000, AED: 180_000, CNY: 350_000, HKD: 400_000, INR: 4_000_000, JPY: 7_500_000, KRW: 70_000_000 },
};

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));
const isCurrency = (code: string): boolean => currencies.has(code);

const threshold = z.number().nonnegative();

const riskSettings = {
  /**
   * Account value above which a churn risk is an alert, by currency. A currency that is not listed keeps its default. One number holds
   * for every currency. An account without a value, or in a currency without a threshold, is alerted to for grave causes.
   */
  accountAbove: z
    .union([
      threshold,
      z
        .record(z.string().refine(isCurrency, "not a currency code of ISO 4217, as in EUR"), threshold)
        .transform((thresholds) => ({ ...defaultThresholds, ...thresholds })),
    ])
    .default(defaultThresholds),
  /** Days in which a customer's team is alerted to the same cause once, on every target; 0 for no limit. */
  repeatDays: z.number().int().min(0).max(365).default(7),
  /** A ticket that is reopened this often is a risk. */
  reopenedTimes: z.number().int().min(1).max(50).default(2),
  /** A fall of the health score is a risk when it loses a band and this many points, and lasts this many hours. */
  healthFall: z
    .strictObject({
      points: z.number().int().min(1).max(100).default(15),
      hours: z.number().min(0).max(720).default(24),
    })
    .prefault({}),
  /** Word beginnings that indicate churn, by language. A language that is not listed keeps the default words; [] disables it. */
  churnWords: z
    .record(z.string(), z.array(z.string().trim().min(1)))
    .default({})
    .transform((words) => ({ ...defaultChurnWords, ...words })),
};

/** Time zone of calendar days in routes. Default: the tenant's. */
const timeZone = z.string().refine(isTimeZone, "not an IANA time zone");

/** Routing settings of the server. Platforms add the settings of their default routes, see {@link routingSettingsSchema}. */
const RoutingSettings = z.looseObject({ risk: z.looseObject(riskSettings).prefault({}), timeZone: timeZone.optional() });
export type RoutingSettings = z.infer<typeof RoutingSettings>;

export const RoutingConfig = z.strictObject({
  /** True adds the platforms' default routes. A route with the same id replaces or disables one. */
  defaults: z.boolean().default(false),
  settings: RoutingSettings.prefault({}),
  /** Which customers are served at once, and whose deliveries wait to share calls. */
  tiers: TiersConfig,
  transforms: Transforms,
  routes: z.array(RouteEntry).default([]),
});
export type RoutingConfig = z.infer<typeof RoutingConfig>;

/**
 * The schema of `routing.settings`: the server's settings and those of all platforms. It refuses unknown names.
 * @throws {Error} when two platforms define the same setting
 */
export function routingSettingsSchema(shapes: readonly SettingsShape[]): z.ZodType<RoutingSettings> {
  const schemas: Record<string, z.ZodType> = { timeZone: timeZone.optional() };
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
