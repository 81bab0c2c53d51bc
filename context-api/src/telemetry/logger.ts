import { type DestinationStream, type Logger, pino } from "pino";
import { currentTrace } from "./trace.ts";

export type { Logger };

/** JSON lines on stderr: stdout belongs to the commands. Nothing personal and no secret is ever handed to it. */
export function createLogger(level: string, to: DestinationStream = pino.destination({ fd: 2, sync: false })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => currentTrace() ?? {},
      redact: {
        paths: ["authorization", "*.authorization", "headers.authorization", "secret", "*.secret", "token", "*.token"],
        censor: "[redacted]",
      },
      serializers: { err: errorSummary },
    },
    to,
  );
}

/** Name, code and stack, and the message of our own errors only: a foreign one may quote what it was given. */
function errorSummary(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const own = ["PlatformError", "ProblemError", "ConfigError", "BudgetExhausted"].includes(error.name);
  const code = "code" in error ? String(error.code) : undefined;
  const stack = error.stack
    ?.split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .slice(0, 8);
  return { name: error.name, code, ...(own ? { message: error.message } : {}), stack };
}
