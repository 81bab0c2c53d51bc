import { z } from "zod";

/** Part of a settings schema: a schema by name, or a group of schemas below a name. Several platforms may extend one group. */
export type SettingsShape = Readonly<Record<string, z.ZodType | Readonly<Record<string, z.ZodType>>>>;

/** What else is known of a secret that a setting names. */
export interface SecretOptions {
  /** What the secret is, for the operator: "the signing secret of the webhook". */
  description: string;
  /** What is wrong with a value, without the value; null when it can be used. */
  problem?(value: string): string | null;
  /** Creates a value, for a secret that we choose. Left out for one that the platform issues. */
  generate?(): string;
}

const secretOptions = z.registry<SecretOptions>();

/** A setting that contains the name of a secret. Its value is the secret provider's. */
export function secretName(options: SecretOptions): z.ZodString {
  const schema = z.string().min(1).describe(`Name of the secret: ${options.description}`);
  secretOptions.add(schema, options);
  return schema;
}

/** A secret that a configuration names. */
export interface NamedSecret extends SecretOptions {
  /** Path of the setting. */
  path: string[];
  name: string;
}

/** The secrets that valid settings name, found by the schema. */
export function secretsNamedBy(schema: z.ZodType, settings: unknown, path: string[] = []): NamedSecret[] {
  if (settings === undefined || settings === null) return [];
  const options = schema instanceof z.ZodString ? secretOptions.get(schema) : undefined;
  if (options) return typeof settings === "string" ? [{ ...options, path, name: settings }] : [];
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, member]) =>
      secretsNamedBy(member as z.ZodType, (settings as Record<string, unknown>)[name], [...path, name]),
    );
  if (schema instanceof z.ZodUnion) {
    const option = schema.options.find((candidate) => (candidate as z.ZodType).safeParse(settings).success);
    return option ? secretsNamedBy(option as z.ZodType, settings, path) : [];
  }
  if (schema instanceof z.ZodPipe) return secretsNamedBy(schema.in as z.ZodType, settings, path);
  if (isWrapper(schema)) return secretsNamedBy(schema.unwrap() as z.ZodType, settings, path);
  return [];
}

const isWrapper = (schema: z.ZodType): schema is z.ZodOptional | z.ZodNullable | z.ZodDefault | z.ZodPrefault =>
  schema instanceof z.ZodOptional ||
  schema instanceof z.ZodNullable ||
  schema instanceof z.ZodDefault ||
  schema instanceof z.ZodPrefault;
