import { purposes } from "@sidelight/model/purposes.ts";
import { type FieldMapping, noFields } from "@sidelight/platform-kit/fieldAccess.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { didYouMean } from "./didYouMean.ts";
import type { ConfigIssue } from "./issues.ts";

const fieldName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,39}$/, "must be letters and digits, starting with a lower-case letter, as in jobTitle");
const platformField = z.string().trim().min(1).max(255);

const FieldKind = z.enum(["person", "company"]);
export type FieldKind = z.infer<typeof FieldKind>;

const Direction = z.enum([
  /** Values flow from the owner to the others. */
  "one-way",
  /** A change elsewhere flows to the owner too. */
  "two-way",
]);

/** How a conflict is decided. */
const FieldRule = z.enum([
  /** The owner's value wins. */
  "authority",
  /** The value that was changed last wins. */
  "newest",
  /** The longest text wins. */
  "longest",
  /** A person decides. */
  "manual",
]);
export type FieldRule = z.infer<typeof FieldRule>;

/** How two values are compared. */
export const FieldType = z.enum(["text", "email", "phone", "number", "boolean", "date"]);
export type FieldType = z.infer<typeof FieldType>;

const decisions = {
  direction: Direction.default("one-way"),
  rule: FieldRule.default("authority"),
  type: FieldType.default("text"),
  /** What its writes are for: a person who withdrew consent for it is left out. Default: the purpose of the platform's action. */
  purpose: z.enum(purposes).optional(),
  /** False only reads and compares the values: nothing is written. */
  enabled: z.boolean().default(false),
};

const FieldEntry = z.strictObject({
  kind: FieldKind,
  /** The platform's field by the name of the platform. */
  platforms: z.record(z.string(), platformField),
  /** The platform with authority. */
  owner: z.string(),
  ...decisions,
});

const PresetEntry = z.strictObject({
  preset: z.string(),
  /** Fields that differ from those of the preset. Null leaves a platform out. */
  platforms: z.record(z.string(), platformField.nullable()).default({}),
  ...decisions,
});

/** A field, or a preset with what differs from it. The faults are those of the form that is meant. */
const Entry = z.unknown().transform((value, context): z.infer<typeof FieldEntry> | z.infer<typeof PresetEntry> => {
  const isPreset = typeof value === "object" && value !== null && "preset" in value;
  const parsed = (isPreset ? PresetEntry : FieldEntry).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: value } as (typeof context.issues)[number]);
  return z.NEVER;
});

/** Fields that several platforms keep, by name. */
export const FieldsConfig = z.record(fieldName, Entry).default({});
export type FieldsConfig = z.infer<typeof FieldsConfig>;

/** A field that several platforms keep, with its preset resolved. */
export interface FieldDefinition extends Omit<z.infer<typeof FieldEntry>, "purpose"> {
  name: string;
  purpose: (typeof purposes)[number] | null;
}

type PlatformParts = Pick<Platform, "name" | "label" | "fields">;

/** What the fields of a configuration depend on. */
export interface FieldsSource {
  fields: FieldsConfig;
  connections: readonly { platform: string }[];
}

/** @returns usable definitions, and what is wrong with the others; paths are below `fields` */
export function fieldDefinitions(
  { fields, connections }: FieldsSource,
  platforms: ReadonlyMap<string, PlatformParts>,
): { definitions: FieldDefinition[]; issues: ConfigIssue[] } {
  const definitions: FieldDefinition[] = [];
  const issues: ConfigIssue[] = [];
  const connected = [...platforms.values()].filter(({ name }) => connections.some(({ platform }) => platform === name));
  /** Which field keeps a field of a platform. */
  const takenBy = new Map<string, string>();
  for (const [name, entry] of Object.entries(fields)) {
    const problems: [path: string[], message: string][] = [];
    const definition =
      "preset" in entry ? presetDefinition(name, entry, connected, problems) : { ...entry, name, purpose: entry.purpose ?? null };
    if (definition) problems.push(...problemsOf(definition, platforms, connected));
    for (const [platform, field] of Object.entries(definition?.platforms ?? {})) {
      const target = `${definition?.kind} ${platform} ${field}`;
      const other = takenBy.get(target);
      if (other !== undefined) problems.push([["platforms", platform], `the field ${other} keeps ${field} already`]);
      takenBy.set(target, name);
    }
    if (definition && problems.length === 0) definitions.push(definition);
    issues.push(...problems.map(([path, message]): ConfigIssue => ({ path: [name, ...path], message, location: null })));
  }
  return { definitions, issues };
}

function presetDefinition(
  name: string,
  { preset, platforms: overrides, purpose, ...entry }: z.infer<typeof PresetEntry>,
  connected: readonly PlatformParts[],
  problems: [string[], string][],
): FieldDefinition | null {
  const parts = connected.flatMap(({ name: platform, fields }) => {
    const part = fields && Object.hasOwn(fields.presets, preset) ? fields.presets[preset] : undefined;
    return part ? [{ platform, part }] : [];
  });
  const [first] = parts;
  const owner = parts.find(({ part }) => part.isOwner);
  if (!first || !owner) {
    const names = [...new Set(connected.flatMap(({ fields }) => Object.keys(fields?.presets ?? {})))];
    const problem = first ? `the platform that owns ${preset} is not connected` : `there is no preset ${preset}`;
    problems.push([["preset"], `${problem}${didYouMean(preset, names) || `; use one of: ${names.join(", ")}`}`]);
    return null;
  }
  const fieldOf = { ...Object.fromEntries(parts.map(({ platform, part }) => [platform, part.field])), ...overrides };
  const platforms = Object.fromEntries(
    Object.entries(fieldOf).flatMap(([platform, field]) => (field === null ? [] : [[platform, field]])),
  );
  return { ...entry, name, kind: first.part.kind, platforms, owner: owner.platform, purpose: purpose ?? null };
}

function problemsOf(
  { kind, platforms: fieldOf, owner, direction, rule, enabled }: FieldDefinition,
  platforms: ReadonlyMap<string, PlatformParts>,
  connected: readonly PlatformParts[],
): [path: string[], message: string][] {
  const problems: [string[], string][] = [];
  for (const [name, field] of Object.entries(fieldOf)) {
    const platform = platforms.get(name);
    const access = platform?.fields?.[kind];
    const path = ["platforms", name];
    if (!platform) problems.push([path, `unknown platform ${name}${didYouMean(name, [...platforms.keys()])}`]);
    else if (!access) problems.push([path, `${platform.label} keeps no fields of a ${kind}`]);
    else if (!connected.includes(platform)) problems.push([path, `the tenant has no connection of ${platform.label}`]);
    const isWritten = name !== owner || direction === "two-way" || rule === "manual";
    const problem = access?.problemOf({ field, isWritten }) ?? null;
    if (problem !== null) problems.push([path, problem]);
  }
  const isCompared = enabled || direction === "two-way";
  if (Object.keys(fieldOf).length < 2 && isCompared)
    problems.push([
      ["platforms"],
      "name the field of at least two platforms, or leave out enabled and direction to only show it",
    ]);
  if (!Object.hasOwn(fieldOf, owner)) problems.push([["owner"], `the owner ${owner} is none of the platforms of the field`]);
  if (direction === "one-way" && (rule === "newest" || rule === "longest"))
    problems.push([["rule"], `the rule ${rule} can choose a value of another platform than the owner: set direction: two-way`]);
  return problems;
}

/** What a connection of a platform reads for these definitions. */
export function fieldMappingOf(definitions: readonly FieldDefinition[], platform: string): FieldMapping {
  const ofKind = (kind: FieldKind) =>
    Object.fromEntries(
      definitions.flatMap((definition) => {
        const field = definition.platforms[platform];
        return definition.kind === kind && field !== undefined ? [[definition.name, field]] : [];
      }),
    );
  return definitions.length === 0 ? noFields : { person: ofKind("person"), company: ofKind("company") };
}
