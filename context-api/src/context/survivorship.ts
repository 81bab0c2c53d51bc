import type { CompanyData, PersonData, StoredRecord } from "@sidelight/model/records.ts";
import type { FieldSurvivorship, SurvivorshipConfig, SurvivorshipRule } from "../config/survivorship.ts";
import { preferences, preferred } from "../identity/preferred.ts";
import type { ChosenRecords } from "./chosenRecords.ts";

/** What decides which record's value a customer is shown with. */
export interface Survivorship {
  rules: SurvivorshipConfig;
  /** What people chose. It precedes the rules. */
  chosen: ChosenRecords;
}

/** The value that a customer is shown with. */
export interface Survivor<R> {
  value: string;
  /** The record that it comes from. */
  record: R;
  /** The rule in words, for the provenance. */
  rule: string;
}

type Person = StoredRecord<"person">;
type Company = StoredRecord<"company">;
type Values<D> = Readonly<Record<string, (data: D) => string | null | undefined>>;

/** A field's value in one record. */
export const personValues = {
  name: ({ name }) => name,
  email: ({ emails }) => emails[0],
  title: ({ title }) => title,
} satisfies Values<PersonData>;
export const companyValues = { name: ({ name }) => name, domain: ({ domains }) => domains[0] } satisfies Values<CompanyData>;

const ruleText: Record<SurvivorshipRule, string> = {
  sourceRank: "source rank",
  newest: "newest record",
  longest: "longest value",
  mostComplete: "most complete record",
};
const chosenText = "chosen by a person";

/** A person's value. Null when no record has one. @param records by precedence of their sources */
export const personSurvivor = (
  field: keyof typeof personValues,
  records: readonly Person[],
  { rules, chosen }: Survivorship,
): Survivor<Person> | null =>
  survivorOf(records, ({ data }) => personValues[field](data), { rule: rules.person[field], chosenKeys: chosen.get(field) });

/** A company's value. Null when no record has one. @param records by precedence of their sources */
export const companySurvivor = (
  field: keyof typeof companyValues,
  records: readonly Company[],
  { rules, chosen }: Survivorship,
): Survivor<Company> | null =>
  survivorOf(records, ({ data }) => companyValues[field](data), { rule: rules.company[field], chosenKeys: chosen.get(field) });

interface Choice {
  rule: FieldSurvivorship;
  chosenKeys: ReadonlySet<string> | undefined;
}

function survivorOf<R extends Person | Company>(
  records: readonly R[],
  fieldValue: (record: R) => string | null | undefined,
  { rule: { rule, platforms }, chosenKeys }: Choice,
): Survivor<R> | null {
  const candidates = records.flatMap((record): ValueOfRecord<R>[] => {
    const value = fieldValue(record);
    return value ? [{ record, value, length: [...value].length, changedAt: record.changedAt }] : [];
  });
  const chosenValue = candidates.find(({ record }) => chosenKeys?.has(record.key));
  if (chosenValue) return { value: chosenValue.value, record: chosenValue.record, rule: chosenText };
  const [first, ...rest] = byPlatform(candidates, platforms);
  if (!first) return null;
  const { value, record } = rule === "sourceRank" ? first : preferred(first, rest, measures[rule]);
  return { value, record, rule: ruleText[rule] };
}

interface ValueOfRecord<R> {
  record: R;
  value: string;
  length: number;
  changedAt: number | null;
}

/** Records of these platforms first. Sorting keeps the order of equal ones. */
function byPlatform<R extends Person | Company>(values: ValueOfRecord<R>[], platforms: readonly string[]): ValueOfRecord<R>[] {
  if (platforms.length === 0) return values;
  const positionOf = ({ record: { platform } }: ValueOfRecord<R>): number => {
    const position = platforms.indexOf(platform);
    return position === -1 ? platforms.length : position;
  };
  return values.toSorted((a, b) => positionOf(a) - positionOf(b));
}

const measures = {
  ...preferences,
  mostComplete: ({ record }: ValueOfRecord<Person | Company>): number => completeness(record.data),
};

/** How many of the values that a customer may have the record has. */
function completeness(data: PersonData | CompanyData): number {
  const values =
    data.kind === "person"
      ? [data.name, data.title, data.company, data.emails[0], data.phones[0]]
      : [data.name, data.domains[0], data.owner, data.arr, data.plan, data.stage, data.renewalDate, data.nextStep];
  return values.filter((value) => value !== null && value !== undefined).length;
}
