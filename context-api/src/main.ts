import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforce } from "@sidelight/salesforce/index.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";
import { backup } from "./cli/backup.ts";
import { config } from "./cli/config.ts";
import { connect } from "./cli/connect.ts";
import { context } from "./cli/context.ts";
import { doctor } from "./cli/doctor.ts";
import { UsageError } from "./cli/environment.ts";
import { keys } from "./cli/keys.ts";
import { replay } from "./cli/replay.ts";
import { restore } from "./cli/restore.ts";
import { serve } from "./cli/serve.ts";
import { ConfigError } from "./config/issues.ts";
import { BackupError } from "./security/backup.ts";
import { WrongMasterKeyError } from "./security/keyring.ts";
import { StoreInUseError } from "./store/lock.ts";

/** The platforms that this build knows. The only place that names them all. */
const platforms = [salesforce, zendesk, mixpanel, generic] as readonly Platform[];

/** What the operator did or has to do: one clear line, and no stack. */
const shownAsTheyAre = [UsageError, ConfigError, StoreInUseError, BackupError, WrongMasterKeyError];

type Command = (args: string[], env: NodeJS.ProcessEnv) => Promise<number>;

const commands: Record<string, Command> = {
  serve: (args, env) => serve(args, env, platforms),
  keys,
  replay: (args, env) => replay(args, env, platforms),
  // Both live outside the product, in the tests' folder, and run as processes of their own.
  lab: (args, env) => run("../../test/lab/start.ts", args, env),
  bench: (args, env) => run("../../test/load/bench.ts", args, env),
  connect: (args, env) => connect(args, env, platforms),
  doctor: (args, env) => doctor(args, env, platforms),
  context: (args, env) => context(args, env, platforms),
  backup,
  restore,
  config: (args, env) => config(args, env, platforms),
  export: notBuilt,
  erase: notBuilt,
  migrate: notBuilt,
};

const [name = "", ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!command) {
  process.stderr.write(`usage: sidelight <${Object.keys(commands).join("|")}>\n`);
  process.exitCode = 1;
} else {
  try {
    process.exitCode = await command(args, process.env);
  } catch (error) {
    if (!shownAsTheyAre.some((known) => error instanceof known)) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

async function notBuilt(): Promise<number> {
  throw new UsageError(`${name} is not built yet`);
}

function run(script: string, argv: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...argv], { stdio: "inherit", env });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
