import { SidelightError } from "@sidelight/model/errors.ts";
import { type DestinationStream, type Logger, pino } from "pino";
import { currentSpan } from "./spans.ts";
import { currentTrace } from "./trace.ts";
import { version } from "./version.ts";

export type { Logger };

/** Writes JSON lines to stderr, because commands print to stdout. Never pass it a personal value or a secret. */
export function createLogger(level: string, destination: DestinationStream = pino.destination({ fd: 2, sync: false })): Logger {
  return pino(
    {
      level,
      base: { version },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: idsOfWork,
      redact: {
        paths: ["authorization", "*.authorization", "headers.authorization", "secret", "*.secret", "token", "*.token"],
        censor: "[redacted]",
      },
      serializers: { err: (error: unknown) => errorSummary(error) },
    },
    destination,
  );
}

/** The ids of the request, and of the span while traces are on. */
function idsOfWork(): object {
  const span = currentSpan();
  return span ? { ...currentTrace(), traceId: span.traceId, spanId: span.spanId } : (currentTrace() ?? {});
}

const maxCauses = 3;

/** Name, code, stage, stack and causes. The message only of our own errors: others may contain personal values. */
function errorSummary(error: unknown, remainingCauses = maxCauses): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = "code" in error ? String(error.code) : undefined;
  const stack = error.stack
    ?.split("\n")
    .filter((line) => line.trimStart().startsWith("at "))
    .slice(0, 8);
  const details = error instanceof SidelightError ? { stage: error.stage, message: error.message } : {};
  const cause = error.cause === undefined || remainingCauses === 0 ? undefined : errorSummary(error.cause, remainingCauses - 1);
  return { name: error.name, code, ...details, stack, cause };
}
