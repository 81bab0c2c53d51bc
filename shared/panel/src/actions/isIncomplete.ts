import { limits } from "./limits.ts";
import type { ActionCommand } from "./transport.ts";

/** True for a command without the text that it needs. It is not sent, and the person reads what is missing. */
export function isIncomplete(command: ActionCommand): boolean {
  switch (command.kind) {
    case "note":
      return command.body.trim() === "";
    case "follow-up":
      return command.subject.trim() === "";
    case "reveal":
      return command.reason.trim().length < limits.shortestReason;
    default:
      return false;
  }
}
