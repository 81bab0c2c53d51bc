import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import type { Question } from "@sidelight/platform-kit/platform.ts";
import { CommandError, UsageError } from "./errors.ts";
import { putSetting, removeSetting, valueAt } from "./settingPath.ts";

export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
}

export interface Answers {
  /** In the form of the configuration: a secret by its name. */
  settings: Record<string, unknown>;
  /** Name of the secret in the settings. */
  secretName: string;
  /** Null when the current secret stays. */
  secret: string | null;
}

export interface AskOptions {
  /** Answers in advance, by setting. A secret is never taken from here, because other users can read the arguments of a process. */
  presets: ReadonlyMap<string, unknown>;
  /** The settings of a connection that is changed; null for a new one. What is not answered stays as it is. */
  current: Record<string, unknown> | null;
  /** Name under which the settings of a new connection refer to the secret. */
  secretName: string;
  terminal: Terminal;
  /** Checks one setting among those answered so far. Returns the problem, or null. */
  checkSetting(settings: Record<string, unknown>, setting: string): string | null;
}

/**
 * Asks the questions of a platform that have no preset. At a terminal each answer is checked at once and asked again; otherwise the
 * answers are lines of standard input, and a choice without a preset takes its first option. For a connection that is changed, each
 * current value is the default; without a terminal, or with presets, only the secret is read, and an empty answer keeps it.
 * @throws {UsageError} when an answer is missing or cannot be used
 */
export async function askQuestions(questions: readonly Question[], options: AskOptions): Promise<Answers> {
  const { presets, current, terminal, checkSetting } = options;
  const isAtTerminal = Boolean(terminal.input.isTTY);
  const asksAll = current === null || (isAtTerminal && presets.size === 0);
  const prompts = isAtTerminal ? await openPrompts(terminal) : openLines(terminal);
  const settings: Record<string, unknown> = structuredClone(current ?? {});
  const result = { secretName: options.secretName, secret: null as string | null };
  try {
    for (const question of questions) {
      const { setting, onlyIf, isSecret, isInFile, choices } = question;
      const path = setting.split(".");
      if (onlyIf && answerOf(onlyIf.setting) !== onlyIf.is) {
        removeSetting(settings, path);
        continue;
      }
      const currentValue = valueAt(settings, path);
      const secretName = isSecret && typeof currentValue === "string" ? currentValue : options.secretName;
      const problemOf = async (answer: unknown): Promise<string | null> => {
        if (answer === "") return isSecret && currentValue !== undefined ? null : `${question.prompt} is missing.`;
        if (choices && !choices.includes(String(answer)))
          return `${question.prompt} is "${answer}". Use ${choices.join(" or ")}.`;
        if (isInFile) return await fileProblem(String(answer));
        return checkSetting(withSetting(settings, path, isSecret ? secretName : answer), setting);
      };
      const preset = isSecret && !isInFile ? undefined : presets.get(setting);
      const answer = preset ?? (await defaultAnswer()) ?? (await prompts.answer(question, problemOf, defaultText()));
      const problem = await problemOf(answer);
      if (problem) throw new UsageError(problem);
      if (isSecret) {
        result.secretName = secretName;
        if (answer !== "") result.secret = isInFile ? await readFile(String(answer), "utf8") : String(answer);
        putSetting(settings, path, secretName);
      } else if (!isUnwrittenDefault(answer)) putSetting(settings, path, answer);

      /** A connection that leaves out a choice keeps leaving it out. */
      function isUnwrittenDefault(value: unknown): boolean {
        return current !== null && currentValue === undefined && value === choices?.[0];
      }

      /** The answer without a question. */
      async function defaultAnswer(): Promise<unknown> {
        if (isSecret) return !asksAll && (isInFile || isAtTerminal) && currentValue !== undefined ? "" : undefined;
        if (!asksAll && currentValue !== undefined) return currentValue;
        return isAtTerminal && asksAll ? undefined : choices?.[0];
      }

      function defaultText(): string {
        return isSecret || currentValue === undefined ? "" : String(currentValue);
      }
    }
  } finally {
    prompts.close();
  }
  // The other presets are settings that have a default and no question.
  const settingsOfQuestions = new Set(questions.map(({ setting }) => setting));
  for (const [setting, value] of presets) if (!settingsOfQuestions.has(setting)) putSetting(settings, setting.split("."), value);
  return { settings, ...result };

  function answerOf(setting: string): unknown {
    return valueAt(settings, setting.split(".")) ?? questions.find((question) => question.setting === setting)?.choices?.[0];
  }
}

async function fileProblem(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim() === "" ? `${path} is empty.` : null;
  } catch {
    return `${path} cannot be read. Check the path and your rights.`;
  }
}

interface Asker {
  /** @param defaultText the answer when nothing is entered; empty for none */
  answer(question: Question, problemOf: (answer: string) => Promise<string | null>, defaultText: string): Promise<string>;
  close(): void;
}

/** Prompts at a terminal. A secret is not echoed. */
async function openPrompts({ input, output }: Terminal): Promise<Asker> {
  const prompts = await import("@inquirer/prompts");
  return {
    async answer({ prompt, example, choices, isSecret, isInFile }, problemOf, defaultText) {
      const message = example ? `${prompt} (${example})` : prompt;
      const validate = async (text: string) => (await problemOf(text.trim())) ?? true;
      const context = { input, output };
      const initial = defaultText === "" ? {} : { default: defaultText };
      try {
        if (choices) return await prompts.select({ message, choices: [...choices], ...initial }, context);
        if (isSecret && !isInFile) return (await prompts.password({ message, mask: false, validate }, context)).trim();
        return (await prompts.input({ message, validate, ...initial }, context)).trim();
      } catch (error) {
        throw canceled(error);
      }
    },
    close() {},
  };
}

/** Asks a yes-or-no question at a terminal. */
export async function confirm(message: string, { input, output }: Terminal): Promise<boolean> {
  const prompts = await import("@inquirer/prompts");
  try {
    return await prompts.confirm({ message, default: true }, { input, output });
  } catch (error) {
    throw canceled(error);
  }
}

const canceled = (error: unknown): unknown =>
  error instanceof Error && error.name === "ExitPromptError" ? new CommandError("Canceled. Nothing was written.") : error;

/** One answer a line, for input from a file or a pipe. */
function openLines({ input, output }: Terminal): Asker {
  const reader = createInterface({ input });
  const lines = reader[Symbol.asyncIterator]();
  return {
    async answer({ prompt, example }) {
      output.write(`${example ? `${prompt} (${example})` : prompt}:\n`);
      return String((await lines.next()).value ?? "").trim();
    },
    close: () => reader.close(),
  };
}

function withSetting(settings: Record<string, unknown>, path: string[], value: unknown): Record<string, unknown> {
  const copy = structuredClone(settings);
  putSetting(copy, path, value);
  return copy;
}
