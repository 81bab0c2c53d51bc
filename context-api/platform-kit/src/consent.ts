import { type Purpose, purposes } from "@sidelight/model/purposes.ts";
import { z } from "zod";

/** Fields of a platform that withdraw consent when they are true, by purpose. */
export type ConsentFields = Partial<Record<Purpose, string[]>>;

/**
 * Setting that names the fields which withdraw consent: one field, fields by purpose, or null for none.
 * @param defaults the fields when the setting is left out
 * @param purposeOf the purpose of a field that is named without one
 * @param field the platform's names of fields
 */
export const consentFields = (
  defaults: ConsentFields,
  purposeOf: (field: string) => Purpose,
  field: z.ZodType<string> = z.string().min(1),
) =>
  z
    .union([
      field.transform((name): ConsentFields => ({ [purposeOf(name)]: [name] })),
      z
        .partialRecord(z.enum(purposes), z.union([field.transform((name) => [name]), z.array(field)]))
        .transform((fields): ConsentFields => fields),
      z.null().transform((): ConsentFields => ({})),
    ])
    .default(defaults);

/** The purposes whose fields say that the person declined. */
export const withdrawnPurposes = (fields: ConsentFields, isTrue: (field: string) => boolean): Purpose[] =>
  purposes.filter((purpose) => fields[purpose]?.some(isTrue));

export const consentFieldNames = (fields: ConsentFields): string[] => [...new Set(Object.values(fields).flat())];
