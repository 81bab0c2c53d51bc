import { getSystemErrorMessage } from "node:util";
import { SidelightError } from "@sidelight/model/errors.ts";
import { endedFaultText, storeFaultOf } from "../store/faults.ts";

/**
 * The last resort for every error of a command: one clear line.
 * @param hasStack adds the stack trace: `--stack` or `SIDELIGHT_STACK=1`
 */
export function errorText(error: unknown, hasStack: boolean): string {
  if (!(error instanceof Error)) return `sidelight failed: ${String(error)}\n`;
  const stack = hasStack ? `${error.stack}\n${causes(error)}` : "";
  // The messages of our own errors are written for the operator, except those that carry a fault of the database.
  if (error instanceof SidelightError && error.stage !== "store") return `${error.message}\n${stack}`;
  const systemError = systemErrorText(error);
  if (systemError) return `${systemError}\n${stack}`;
  const fault = storeFaultOf(error);
  if (fault) return `${endedFaultText(fault)}\n${stack}`;
  const [firstLine = "unknown error"] = error.message.split("\n");
  const hint = hasStack ? "" : " Run the command again with --stack to see where.";
  return `sidelight failed: ${withPeriod(firstLine)}${hint}\n${stack}`;
}

/** Files and folders that are missing or refused, ports that are taken: what the operating system reports, in words. */
function systemErrorText(error: Error): string | null {
  if (!("code" in error) || !("errno" in error) || typeof error.errno !== "number") return null;
  const target = "path" in error ? error.path : "port" in error ? `port ${error.port}` : null;
  if (!target) return null;
  return `${target}: ${getSystemErrorMessage(error.errno) ?? error.code}. Check that it exists and that you may use it.`;
}

function causes({ cause }: Error): string {
  return cause instanceof Error ? `caused by ${cause.stack}\n${causes(cause)}` : "";
}

const withPeriod = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
