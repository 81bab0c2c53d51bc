import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { CommanderError } from "commander";
import type { CommandContext } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { errorText } from "./printError.ts";
import { createProgram } from "./program.ts";
import { withSecretFiles } from "./secretFiles.ts";

/** Loads each platform by its name. */
export type PlatformModules = Record<string, () => Promise<Platform>>;

/** What a process that is not `main.ts` may change. */
export type ProcessOptions = Partial<Pick<CommandContext, "clock" | "coordination">>;

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong usage */
export async function runCli(
  args: string[],
  env: NodeJS.ProcessEnv,
  platforms: PlatformModules,
  { clock = systemClock, coordination }: ProcessOptions = {},
): Promise<number> {
  const hasStack = args.includes("--stack") || env["SIDELIGHT_STACK"] === "1";
  const context: CommandContext = {
    env,
    clock,
    ...(coordination ? { coordination } : {}),
    platformNames: Object.keys(platforms),
    loadPlatforms: () => Promise.all(Object.values(platforms).map((load) => load())),
  };
  const fail = (error: unknown): number => {
    process.stderr.write(errorText(error, hasStack));
    return error instanceof UsageError ? 2 : 1;
  };
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => process.exit((context.onCrash ?? fail)(error)));
  // `sidelight context … | head` closes the pipe before everything is written.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : fail(error)));
  let exitCode = 0;
  const program = createProgram({
    context,
    onExit: (code) => {
      exitCode = code;
    },
  });
  // Before a command runs, so that help needs no file.
  program.hook("preAction", () => {
    context.env = withSecretFiles(env);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has printed the help or the problem.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return fail(error);
  }
}
