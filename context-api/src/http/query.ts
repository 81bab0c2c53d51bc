import { z } from "@hono/zod-openapi";
import { maskText } from "@sidelight/model/masking.ts";
import { invalidRequest } from "./problem.ts";

/** Without a sign, spaces or leading zeros, and never as hexadecimal or with an exponent: one number has one spelling. */
const wholeNumberForm = /^(?:0|[1-9]\d{0,8})$/;

/** @returns null for other texts */
export const readWholeNumber = (text: string): number | null => (wholeNumberForm.test(text) ? Number(text) : null);

/** A parameter that is a whole number of this range. */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === "string" ? (readWholeNumber(value) ?? value) : value),
    z
      .int({ error: `Send a whole number from ${min} to ${max}, in digits.` })
      .min(min)
      .max(max),
  );

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no parameter contains
const controlCharacter = /[\0-\x1f\x7f]/;

/**
 * Refuses a query that two readers could understand differently, before the schema of any operation: a parameter that is repeated, has
 * no name, an empty value or a control character, or is not percent-encoded UTF-8.
 * @param url of the request
 * @throws {ProblemError} invalid_request
 */
export function checkQuery(url: string): void {
  const start = url.indexOf("?");
  if (start === -1) return;
  const names = new Set<string>();
  for (const part of url.slice(start + 1).split("&")) {
    if (part === "") continue;
    const [encodedName = "", ...values] = part.split("=");
    const name = decode(encodedName);
    if (name === null || name === "")
      throw invalidParameters("", "A parameter has no name, or one that is not percent-encoded UTF-8.");
    if (names.has(name)) throw invalidParameters(name, "This parameter is repeated. Send it once.");
    names.add(name);
    const value = decode(values.join("="));
    if (value === null) throw invalidParameters(name, "The value is not percent-encoded UTF-8.");
    if (value === "") throw invalidParameters(name, "The value is empty. Send a value, or leave the parameter out.");
    if (controlCharacter.test(value)) throw invalidParameters(name, "The value contains a control character. Remove it.");
  }
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** Names are the caller's own words: cut, so that the answer stays small, and without addresses. */
const invalidParameters = (name: string, message: string) => invalidRequest([{ path: [maskText(name.slice(0, 60))], message }]);
