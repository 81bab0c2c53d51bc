import { z } from "zod";

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : String(value)));
const texts = z
  .union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]).nullable())])
  .nullish()
  .transform((value) =>
    [value ?? []]
      .flat()
      .filter((item) => item !== null)
      .map(String),
  );

/** Ids of other systems. As an object, its members name the kind of id; otherwise the id's form does. */
const externalIds = z
  .union([texts, z.record(z.string(), z.union([z.string(), z.number()]).nullish())])
  .transform((value) =>
    Array.isArray(value)
      ? value.map((id) => ({ kind: null, id }))
      : Object.entries(value).flatMap(([kind, id]) => (id === null || id === undefined ? [] : [{ kind, id: String(id) }])),
  );

/** One record to match: a person as a platform or a list describes them. Everything but the id is optional, and unknown members are ignored. */
export const inputRecord = z.object({
  id: z.union([z.string().min(1), z.number()]).transform(String),
  platform: text,
  givenName: text,
  familyName: text,
  name: text,
  emails: texts,
  phones: texts,
  birthDate: text,
  address: z
    .union([
      z.object({ line: text, locality: text, region: text, postcode: text, country: text }).partial(),
      z.string().transform((line) => ({ line, locality: null, region: null, postcode: null, country: null })),
    ])
    .nullish(),
  company: text,
  externalIds,
});
export type InputRecord = z.output<typeof inputRecord> & {
  /** Those of the addresses that are of a function by the tenant's configuration, in canonical form. */
  roleEmails?: readonly string[];
};
