import { SidelightError } from "@sidelight/model/errors.ts";

/** Another process leads the tenant. What only its leader may write was refused. */
export class LeadershipLostError extends SidelightError {
  override readonly name = "LeadershipLostError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "leadership_lost", stage: "append", cause });
  }
}
