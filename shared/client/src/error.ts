import { Problem, type ProblemCode, problemCodes } from "@sidelight/contracts/errors/problem.ts";

/** The API's own codes, and what can go wrong before the API has said anything. */
export type SidelightErrorCode = ProblemCode | "network" | "timeout" | "unexpected_answer";

/** Why a call failed. `message` may be shown to a person; `requestId` finds the request in the API's logs. */
export class SidelightError extends Error {
  override readonly name = "SidelightError";
  readonly code: SidelightErrorCode;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  readonly requestId: string | null;
  /** Seconds to wait, where the API said so. */
  readonly retryAfterSeconds: number | null;
  /** What was wrong with the request, by JSON pointer. */
  readonly errors: Problem["errors"];

  constructor(
    code: SidelightErrorCode,
    message: string,
    more: {
      status?: number;
      requestId?: string | null;
      retryAfterSeconds?: number | null;
      errors?: Problem["errors"];
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.status = more.status ?? null;
    this.requestId = more.requestId ?? null;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.errors = more.errors;
  }

  /** True when the same call may succeed later. */
  get isRetryable(): boolean {
    if (this.code === "network" || this.code === "timeout") return true;
    return this.code !== "unexpected_answer" && problemCodes[this.code].retryable;
  }
}

/** The error that a body which should have been an answer stands for. */
export function errorFrom(body: unknown, status: number, headers: Headers): SidelightError {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  const problem = Problem.safeParse(body);
  if (!problem.success) {
    const requestId = headers.get("x-request-id");
    return new SidelightError("unexpected_answer", `The API answered ${status} in an unknown form.`, { status, requestId });
  }
  const { code, detail, requestId, errors } = problem.data;
  return new SidelightError(code, detail, { status: problem.data.status, requestId, retryAfterSeconds, errors });
}
