import type { MpProperties, MpValue } from "../../world/types.ts";

/** One operation object of `/engage` or `/groups` applied to a profile; null deletes it, a string says what is wrong. */
export function applied(before: MpProperties | undefined, update: Record<string, unknown>): MpProperties | null | string {
  const out: MpProperties = { ...before };
  let known = false;
  for (const [operation, argument] of Object.entries(update)) {
    if (!operation.startsWith("$") || !(operation in OPERATIONS)) continue;
    known = true;
    if (operation === "$delete") return null;
    const problem = OPERATIONS[operation]!(out, argument);
    if (problem) return problem;
  }
  return known ? out : "No operation found: expected one of $set, $set_once, $add, $union, $append, $remove, $unset, $delete";
}

type Operation = (out: MpProperties, argument: unknown) => string | undefined;

const isObject = (value: unknown): value is Record<string, MpValue> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: MpValue | undefined): MpValue[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
const eachOf =
  (name: string, work: (out: MpProperties, key: string, value: MpValue) => string | undefined): Operation =>
  (out, argument) => {
    if (!isObject(argument)) return `${name} must be an object`;
    for (const [key, value] of Object.entries(argument)) {
      const problem = work(out, key, value);
      if (problem) return problem;
    }
    return undefined;
  };

const OPERATIONS: Record<string, Operation> = {
  $set: eachOf("$set", (out, key, value) => {
    out[key] = value;
    return undefined;
  }),
  $set_once: eachOf("$set_once", (out, key, value) => {
    if (!(key in out)) out[key] = value;
    return undefined;
  }),
  $add: eachOf("$add", (out, key, value) => {
    if (typeof value !== "number") return `$add: ${key} must be a number`;
    out[key] = (typeof out[key] === "number" ? out[key] : 0) + value;
    return undefined;
  }),
  $union: eachOf("$union", (out, key, value) => {
    if (!Array.isArray(value)) return `$union: ${key} must be a list`;
    out[key] = [...new Set([...listOf(out[key]), ...value])] as MpValue[];
    return undefined;
  }),
  $append: eachOf("$append", (out, key, value) => {
    out[key] = [...listOf(out[key]), value];
    return undefined;
  }),
  $remove: eachOf("$remove", (out, key, value) => {
    out[key] = listOf(out[key]).filter((one) => one !== value);
    return undefined;
  }),
  $unset(out, argument) {
    if (!Array.isArray(argument)) return "$unset must be a list";
    for (const key of argument) delete out[String(key)];
    return undefined;
  },
  $delete: () => undefined,
};
