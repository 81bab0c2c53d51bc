import type { QualityDimension, QualityProblem } from "@sidelight/contracts/quality/quality.ts";
import type { QualityTotals } from "./totals.ts";

/** A problem with the keys of its examples instead of their refs. */
export type FoundProblem = Omit<QualityProblem, "examples"> & { exampleKeys: string[] };

const maxProblems = 50;

/** What is wrong in the totals, what concerns most records first. @param labelOf the platform of a connection, as people call it */
export function problemsOf(totals: QualityTotals, labelOf: (connection: string) => string): FoundProblem[] {
  const problems = [
    ...missingFields(totals, labelOf),
    ...differingFields(totals),
    ...duplicateRecords(totals, labelOf),
    ...possibleDuplicates(totals),
    ...staleRecords(totals, labelOf),
  ];
  return problems.sort((a, b) => b.share * b.count - a.share * a.count || (a.id < b.id ? -1 : 1)).slice(0, maxProblems);
}

/** A field that no record of an object has is not mapped, or its platform has no such field. */
function missingFields({ fields }: QualityTotals, labelOf: (connection: string) => string): FoundProblem[] {
  return Object.entries(fields).flatMap(([path, { filled, total, examples }]) => {
    const [connection = "", object = "", field = ""] = path.split("/");
    const count = total - filled;
    if (filled === 0 || count === 0) return [];
    const nextAction = `Enter the ${words(field)} of these ${labelOf(connection)} ${object} records, or map the field that has it.`;
    return problem("completeness", path, { connection, object, field, count, total, nextAction, exampleKeys: examples });
  });
}

function differingFields({ differences }: QualityTotals): FoundProblem[] {
  return Object.entries(differences).flatMap(([path, { compared, differing, examples }]) => {
    const [kind = "", field = ""] = path.split("/");
    if (differing === 0) return [];
    const nextAction = `Decide which platform owns the ${words(field)} of a ${kind} (section fields of the configuration), or correct it where it is wrong.`;
    return problem("consistency", path, {
      connection: null,
      object: null,
      field,
      count: differing,
      total: compared,
      nextAction,
      exampleKeys: examples,
    });
  });
}

function duplicateRecords({ objects }: QualityTotals, labelOf: (connection: string) => string): FoundProblem[] {
  return Object.entries(objects).flatMap(([path, { records, duplicates, duplicateExamples }]) => {
    const [connection = "", object = ""] = path.split("/");
    if (duplicates === 0) return [];
    const nextAction = `Merge these ${object} records in ${labelOf(connection)}. Sidelight shows them as one customer and changes no record.`;
    return problem("duplicates", path, {
      connection,
      object,
      field: null,
      count: duplicates,
      total: records,
      nextAction,
      exampleKeys: duplicateExamples,
    });
  });
}

/** Begins the ids of problems that {@link possibleDuplicates} finds. */
export const suggestionsPath = "duplicates/suggestions/";

/** They cost no points: whether they are duplicates is not decided. */
function possibleDuplicates({ suggestions, people, companies }: QualityTotals): FoundProblem[] {
  const kinds = [
    { kind: "person", plural: "people", total: people },
    { kind: "company", plural: "companies", total: companies },
  ] as const;
  return kinds.flatMap(({ kind, plural, total }) => {
    const { open, examples } = suggestions?.[kind] ?? { open: 0, examples: [] };
    if (open === 0 || total === 0) return [];
    return {
      ...{ id: `${suggestionsPath}${kind}`, dimension: "duplicates" as const, connection: null, object: null, field: null },
      count: open,
      share: Math.min(1, open / total),
      nextAction: `Decide which of these ${plural} are one: page Identity review of the console, or GET /v1/identity/candidates?kind=${kind}.`,
      exampleKeys: examples,
    };
  });
}

function staleRecords({ objects }: QualityTotals, labelOf: (connection: string) => string): FoundProblem[] {
  return Object.entries(objects).flatMap(([path, { records, stale, staleExamples }]) => {
    const [connection = "", object = ""] = path.split("/");
    if (stale === 0) return [];
    const nextAction = `Check the pulls of ${labelOf(connection)} in GET /v1/connections: ${object} records are older than their limit.`;
    return problem("freshness", path, {
      connection,
      object,
      field: null,
      count: stale,
      total: records,
      nextAction,
      exampleKeys: staleExamples,
    });
  });
}

function problem(
  dimension: QualityDimension,
  path: string,
  { total, count, ...values }: Omit<FoundProblem, "id" | "dimension" | "share"> & { total: number },
): FoundProblem[] {
  return [{ id: `${dimension}/${path}`, dimension, count, share: count / total, ...values }];
}

/** `renewalDate` → `renewal date`, `arr` → `ARR` */
const words = (field: string): string =>
  field === "arr" ? "ARR" : field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
