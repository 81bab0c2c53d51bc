import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import type { Question } from "@sidelight/platform-kit/platform.ts";
import { CommandError, UsageError } from "./errors.ts";

export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
}

export interface Answers {
  /** In the form of the configuration: a secret by its name. */
  settings: Record<string, unknown>;
  secret: string;
}

export interface AskOptions {
  /** Answers in advance, by setting. A secret is never taken from here, because other users can read the arguments of a process. */
  presets: ReadonlyMap<string, string>;
  /** Name under which the settings refer to the secret. */
  secretName: string;
  terminal: Terminal;
  /** Checks one setting among those answered so far. Returns the problem, or null. */
  checkSetting(settings: Record<string, unknown>, setting: string): string | null;
}

/**
 * Asks the questions of a platform that have no preset. At a terminal each answer is checked at once and asked again; otherwise the
 * answers are lines of standard input, and a choice without a preset takes its first option.
 * @throws {UsageError} when an answer is missing or cannot be used
 */
export async function askQuestions(questions: readonly Question[], options: AskOptions): Promise<Answers> {
  const { presets, secretName, terminal, checkSetting } = options;
  const ask = terminal.input.isTTY ? await openPrompts(terminal) : openLines(terminal);
  const answers = new Map<string, string>();
  const settings: Record<string, unknown> = {};
  let secret = "";
  try {
    for (const question of questions) {
      const { setting, onlyIf, isSecret, isInFile, choices } = question;
      if (onlyIf && answers.get(onlyIf.setting) !== onlyIf.is) continue;
      const problemOf = async (answer: string): Promise<string | null> => {
        if (answer === "") return `${question.prompt} is missing.`;
        if (choices && !choices.includes(answer)) return `${question.prompt} is "${answer}". Use ${choices.join(" or ")}.`;
        if (isInFile) return await fileProblem(answer);
        return checkSetting(withSetting(settings, setting, isSecret ? secretName : answer), setting);
      };
      const preset = isSecret && !isInFile ? undefined : presets.get(setting);
      const fallback = terminal.input.isTTY ? undefined : choices?.[0];
      const answer = preset ?? fallback ?? (await ask.answer(question, problemOf));
      const problem = await problemOf(answer);
      if (problem) throw new UsageError(problem);
      answers.set(setting, answer);
      if (isSecret) secret = isInFile ? await readFile(answer, "utf8") : answer;
      putSetting(settings, setting.split("."), isSecret ? secretName : answer);
    }
  } finally {
    ask.close();
  }
  // The other presets are settings that have a default and no question.
  for (const [setting, value] of presets) if (!answers.has(setting)) putSetting(settings, setting.split("."), value);
  return { settings, secret };
}

async function fileProblem(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim() === "" ? `${path} is empty.` : null;
  } catch {
    return `${path} cannot be read. Check the path and your rights.`;
  }
}

interface Asker {
  answer(question: Question, problemOf: (answer: string) => Promise<string | null>): Promise<string>;
  close(): void;
}

/** Prompts at a terminal. A secret is not echoed. */
async function openPrompts({ input, output }: Terminal): Promise<Asker> {
  const prompts = await import("@inquirer/prompts");
  return {
    async answer({ prompt, example, choices, isSecret, isInFile }, problemOf) {
      const message = example ? `${prompt} (${example})` : prompt;
      const validate = async (text: string) => (await problemOf(text.trim())) ?? true;
      const context = { input, output };
      try {
        if (choices) return await prompts.select({ message, choices: [...choices] }, context);
        if (isSecret && !isInFile) return (await prompts.password({ message, mask: false, validate }, context)).trim();
        return (await prompts.input({ message, validate }, context)).trim();
      } catch (error) {
        if (error instanceof Error && error.name === "ExitPromptError") throw new CommandError("Canceled. Nothing was written.");
        throw error;
      }
    },
    close() {},
  };
}

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

function withSetting(settings: Record<string, unknown>, setting: string, value: string): Record<string, unknown> {
  const copy = structuredClone(settings);
  putSetting(copy, setting.split("."), value);
  return copy;
}

function putSetting(target: Record<string, unknown>, [name = "", ...path]: string[], value: string): void {
  if (path.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= {};
  putSetting(target[name] as Record<string, unknown>, path, value);
}
