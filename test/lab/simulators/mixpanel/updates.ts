import type { MpProperties, MpValue } from "../../world/types.ts";

/** Applies one operation object of `/engage` or `/groups` to a profile. Returns null for a deletion and a string for an error. */
export function applied(previous: MpProperties | undefined, update: Record<string, unknown>): MpProperties | null | string {
  const result: MpProperties = { ...previous };
  let hasOperation = false;
  for (const [operation, argument] of Object.entries(update)) {
    if (!operation.startsWith("$") || !(operation in OPERATIONS)) continue;
    hasOperation = true;
    if (operation === "$delete") return null;
    const problem = OPERATIONS[operation]!(result, argument);
    if (problem) return problem;
  }
  return hasOperation
    ? result
    : "No operation found: expected one of $set, $set_once, $add, $union, $append, $remove, $unset, $delete";
}

type Operation = (result: MpProperties, argument: unknown) => string | undefined;

const isObject = (value: unknown): value is Record<string, MpValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: MpValue | undefined): MpValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
const eachOf =
  (name: string, work: (result: MpProperties, key: string, value: MpValue) => string | undefined): Operation =>
  (result, argument) => {
    if (!isObject(argument)) return `${name} must be an object`;
    for (const [key, value] of Object.entries(argument)) {
      const problem = work(result, key, value);
      if (problem) return problem;
    }
    return undefined;
  };

const OPERATIONS: Record<string, Operation> = {
  $set: eachOf("$set", (result, key, value) => {
    result[key] = value;
    return undefined;
  }),
  $set_once: eachOf("$set_once", (result, key, value) => {
    if (!(key in result)) result[key] = value;
    return undefined;
  }),
  $add: eachOf("$add", (result, key, value) => {
    if (typeof value !== "number") return `$add: ${key} must be a number`;
    result[key] = (typeof result[key] === "number" ? result[key] : 0) + value;
    return undefined;
  }),
  $union: eachOf("$union", (result, key, value) => {
    if (!Array.isArray(value)) return `$union: ${key} must be a list`;
    result[key] = [...new Set([...listOf(result[key]), ...value])] as MpValue[];
    return undefined;
  }),
  $append: eachOf("$append", (result, key, value) => {
    result[key] = [...listOf(result[key]), value];
    return undefined;
  }),
  $remove: eachOf("$remove", (result, key, value) => {
    result[key] = listOf(result[key]).filter((element) => element !== value);
    return undefined;
  }),
  $unset(result, argument) {
    if (!Array.isArray(argument)) return "$unset must be a list";
    for (const key of argument) delete result[String(key)];
    return undefined;
  },
  $delete: () => undefined,
};
