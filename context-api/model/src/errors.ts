/** Where an error happened, for logs: `authenticate`, `parse`, `append`, `deliver`, … */
export interface ErrorDetails {
  /** Stable name of the error, for code that handles it. */
  code: string;
  /** The step that failed. */
  stage: string;
  cause?: unknown;
}

/** Base of all errors of Sidelight. Its message never contains a personal value, so that logs may show it. */
export class SidelightError extends Error {
  override readonly name: string = "SidelightError";
  readonly code: string;
  readonly stage: string;

  constructor(message: string, { code, stage, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.stage = stage;
  }
}
