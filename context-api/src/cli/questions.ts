import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { type Readable, Writable } from "node:stream";
import type { Question } from "@sidelight/platform-kit/platform.ts";
import { UsageError } from "./environment.ts";

export interface Terminal {
  input: Readable & { isTTY?: boolean };
  output: { write(text: string | Buffer): unknown };
}

export interface Answers {
  /** As they stand in the configuration: a secret by its name. */
  settings: Record<string, unknown>;
  secret: string;
}

/**
 * Puts a platform's questions, but those that `given` answers. A secret is never taken from there, only its file is: arguments can
 * be read by everyone on the machine. Where nobody sits at a terminal, a choice that isn't given is the first.
 * @throws {UsageError} when an answer is missing or can't be used
 */
export async function askFor(
  questions: readonly Question[],
  given: ReadonlyMap<string, string>,
  secretName: string,
  terminal: Terminal,
): Promise<Answers> {
  const line = openLines(terminal);
  const said = new Map<string, string>();
  const settings: Record<string, unknown> = {};
  let secret = "";
  try {
    for (const question of questions) {
      const { setting, onlyIf } = question;
      if (onlyIf && said.get(onlyIf.setting) !== onlyIf.is) continue;
      const answer = checked(
        question,
        fromArguments(question, given) ?? unasked(question, line.isTTY) ?? (await line.ask(question)),
      );
      said.set(setting, answer);
      if (question.isSecret) secret = question.isInFile ? await fileText(answer) : answer;
      put(settings, setting.split("."), question.isSecret ? secretName : answer);
    }
  } finally {
    line.close();
  }
  // Whatever else was given is a setting that has a default.
  for (const [setting, value] of given) if (!said.has(setting)) put(settings, setting.split("."), value);
  return { settings, secret };
}

const fromArguments = ({ setting, isSecret, isInFile }: Question, given: ReadonlyMap<string, string>): string | undefined =>
  isSecret && !isInFile ? undefined : given.get(setting);

const unasked = ({ choices }: Question, isTTY: boolean): string | undefined => (isTTY ? undefined : choices?.[0]);

function checked({ ask, choices }: Question, answer: string): string {
  const chosen = answer || (choices?.[0] ?? "");
  if (chosen === "") throw new UsageError(`${ask} is needed`);
  if (choices && !choices.includes(chosen)) throw new UsageError(`${ask} is one of ${choices.join(", ")}`);
  return chosen;
}

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new UsageError(`${path} can't be read`);
  }
}

/** Asks line by line. What is typed at a terminal is echoed, a secret is not. */
function openLines({ input, output }: Terminal) {
  const isTTY = input.isTTY === true;
  let isHidden = false;
  const echo = new Writable({
    write(chunk: Buffer, _, done) {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  const reader = createInterface({ input, output: echo, terminal: isTTY });
  const lines = reader[Symbol.asyncIterator]();
  return {
    isTTY,
    close: () => reader.close(),
    async ask({ ask, example, choices, isSecret, isInFile }: Question): Promise<string> {
      const hint = choices ? choices.join(" or ") : example;
      output.write(`${ask}${hint ? ` (${hint})` : ""}: `);
      isHidden = isSecret === true && isInFile !== true;
      const answer = String((await lines.next()).value ?? "").trim();
      if (isHidden || !isTTY) output.write("\n");
      isHidden = false;
      return answer;
    },
  };
}

function put(into: Record<string, unknown>, [name = "", ...rest]: string[], value: string): void {
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  into[name] ??= {};
  put(into[name] as Record<string, unknown>, rest, value);
}
