import type { Problem, ProblemCode } from "@sidelight/contracts/errors/problem.ts";
import { SidelightError } from "@sidelight/model/errors.ts";

export interface ProblemDetails {
  /** Every error of the request, by JSON pointer. */
  errors?: Problem["errors"];
  /** When the same request may succeed, in seconds from now. */
  retryAfterSeconds?: number;
  stage?: string;
  cause?: unknown;
}

/** An error that the caller may see. Its message explains what was wrong and what to do, and never contains stored values. */
export class ProblemError extends SidelightError {
  override readonly name: string = "ProblemError";
  declare readonly code: ProblemCode;
  readonly errors: Problem["errors"];
  readonly retryAfterSeconds: number | null;

  constructor(code: ProblemCode, message: string, { errors, retryAfterSeconds, stage = "request", cause }: ProblemDetails = {}) {
    super(message, { code, stage, cause });
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds ?? null;
  }
}

/** An `invalid_request` about one parameter or member. @param name without the leading slash */
export const invalidParameter = (name: string, detail: string): ProblemError =>
  new ProblemError("invalid_request", detail, { errors: [{ pointer: `/${name}`, detail }], stage: "validate" });

/** Ids that we make. */
const idForm = /^[\w-]{1,60}$/;

/** An id for a message. One of another form than ours can be an address: it is hidden. */
export const shownId = (id: string): string => (idForm.test(id) ? id : "•••");
