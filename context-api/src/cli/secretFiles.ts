import { readFileSync } from "node:fs";
import { UsageError } from "./errors.ts";

/** Variables with a secret. `<name>_FILE` names a file that contains it, as container runtimes and systemd provide secrets. */
const secretVariables = ["SIDELIGHT_DATABASE_URL", "SIDELIGHT_MASTER_KEY", "SIDELIGHT_MASTER_KEY_NEXT", "SIDELIGHT_REDIS_URL"];

/** The environment with the secrets of files. @throws {UsageError} when a file cannot be read, or a secret is given twice */
export function withSecretFiles(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secrets: Record<string, string> = {};
  for (const name of secretVariables) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    if (env[name]) throw new UsageError(`Both ${name} and ${name}_FILE are set. Keep one of them.`);
    secrets[name] = readSecret(`${name}_FILE`, file);
  }
  return { ...env, ...secrets };
}

function readSecret(variable: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new UsageError(`${variable} names ${file}, which cannot be read (${code}). Check that it exists and who may read it.`);
  }
  if (text === "") throw new UsageError(`${variable} names ${file}, which is empty. Write the secret into it.`);
  return text;
}
