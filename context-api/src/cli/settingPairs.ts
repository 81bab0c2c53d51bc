import type { Question } from "@sidelight/platform-kit/platform.ts";
import { parse } from "yaml";
import type { z } from "zod";
import { UsageError } from "./errors.ts";
import { putSetting } from "./settingPath.ts";

/**
 * Values of `--set setting=value`, by setting. A value becomes what the schema of the setting takes: a number, a boolean, a list
 * (`[a, b]` or `a,b`), a map (`{a: 1}`), `null` or text.
 * @param current the settings that stay as they are
 * @throws {UsageError} for a pair without a value, an unknown setting, a value that it cannot have, and for a secret
 */
export function settingPairs(
  pairs: readonly string[],
  schema: z.ZodType,
  questions: readonly Question[] = [],
  current: Record<string, unknown> = {},
): Map<string, unknown> {
  const texts = pairs.map((pair) => {
    const separator = pair.indexOf("=");
    if (separator < 1) throw new UsageError(`--set is "${pair}". Use --set setting=value.`);
    return { setting: pair.slice(0, separator), text: pair.slice(separator + 1) };
  });
  // Which settings exist can depend on the others: a sign-in has settings of its own.
  const settings = structuredClone(current);
  for (const { setting, text } of texts) putSetting(settings, setting.split("."), text);
  return new Map(
    texts.map(({ setting, text }) => {
      const question = questions.find((candidate) => candidate.setting === setting);
      if (question?.isInFile || question?.choices) return [setting, text];
      if (question?.isSecret)
        throw new UsageError(
          `--set cannot take ${setting}: other users of this machine can read arguments. Enter it at the prompt, or send it to standard input.`,
        );
      return [setting, typedValue(schema, settings, setting, text)];
    }),
  );
}

function typedValue(schema: z.ZodType, settings: Record<string, unknown>, setting: string, text: string): unknown {
  const candidates = [...(text === "null" ? [null] : []), text, ...fromYaml(text), text.split(",").map((item) => item.trim())];
  const path = setting.split(".");
  let firstProblem: string | null = null;
  for (const candidate of candidates) {
    const trial = structuredClone(settings);
    putSetting(trial, path, candidate);
    const problem = problemAt(schema, trial, path);
    if (problem === null) return candidate;
    firstProblem ??= problem;
  }
  throw new UsageError(`--set cannot take ${setting}=${text}. ${firstProblem}.`);
}

/** What the schema reports for the value at one path. Settings that are missing are ignored. */
export function problemAt(schema: z.ZodType, settings: unknown, path: readonly string[]): string | null {
  const issues = schema.safeParse(settings).error?.issues ?? [];
  for (const issue of issues) {
    const below = issue.path.slice(0, path.length).join(".") === path.join(".");
    if (below) return issue.message;
    if (issue.code !== "unrecognized_keys") continue;
    const unknownKey = issue.keys.find((key) => path.join(".").startsWith([...issue.path, key].join(".")));
    if (unknownKey !== undefined)
      return `There is no setting ${[...issue.path, unknownKey].join(".")}. See docs/configuration.md`;
  }
  return null;
}

function fromYaml(text: string): unknown[] {
  try {
    return [parse(text)];
  } catch {
    return [];
  }
}
