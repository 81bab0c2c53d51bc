import { SidelightError } from "@sidelight/model/errors.ts";

/** The command line is wrong: one clear line, exit code 2. */
export class UsageError extends SidelightError {
  override readonly name = "UsageError";

  constructor(message: string) {
    super(message, { code: "usage", stage: "command" });
  }
}

/** The command is right and cannot be carried out: one clear line with the reason and the next step, exit code 1. */
export class CommandError extends SidelightError {
  override readonly name = "CommandError";

  constructor(message: string) {
    super(message, { code: "command_failed", stage: "command" });
  }
}
