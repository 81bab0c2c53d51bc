import type { Problem, ProblemCode } from "@sidelight/contracts/errors/problem.ts";

/** The codes of the API, and the failures that happen before the API answers. */
export type SidelightErrorCode = ProblemCode | "network" | "timeout" | "unexpected_answer";

/** Codes after which the same request may succeed later. error.test.ts compares them with the contract. */
export const retryableCodes: readonly SidelightErrorCode[] = [
  "request_timeout",
  "rate_limited",
  "internal",
  "overloaded",
  "network",
  "timeout",
];

/** Statuses of a proxy after which the same request may succeed later. */
const proxyStatuses: readonly number[] = [429, 502, 503, 504];

interface ErrorDetails {
  status?: number;
  requestId?: string | null;
  retryAfterSeconds?: number | null;
  errors?: Problem["errors"];
  cause?: unknown;
}

/** Why a call failed. `message` may be shown to a person. `requestId` finds the request in the API's logs. */
export class SidelightError extends Error {
  override readonly name = "SidelightError";
  readonly code: SidelightErrorCode;
  /** HTTP status; null when no answer arrived. */
  readonly status: number | null;
  readonly requestId: string | null;
  /** Seconds to wait before the next attempt; null when the API named none. */
  readonly retryAfterSeconds: number | null;
  /** The invalid parts of the request, by JSON pointer. */
  readonly errors: Problem["errors"];

  constructor(code: SidelightErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = details.status ?? null;
    this.requestId = details.requestId ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.errors = details.errors;
  }

  /** True when the same call may succeed later. */
  get isRetryable(): boolean {
    // A proxy answers with its own page while the API restarts.
    if (this.code === "unexpected_answer") return this.status !== null && proxyStatuses.includes(this.status);
    return retryableCodes.includes(this.code);
  }
}

/** The error for an answer that is a problem, or no answer of this API at all. */
export function errorFrom(body: unknown, status: number, headers: Headers): SidelightError {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  if (!isProblem(body)) {
    const requestId = headers.get("x-request-id");
    const message = `The API answered ${status} in an unknown form. Check baseUrl and what is in front of the API.`;
    return new SidelightError("unexpected_answer", message, { status, requestId, retryAfterSeconds });
  }
  const { code, detail, requestId, errors } = body;
  return new SidelightError(code, detail, { status: body.status, requestId, retryAfterSeconds, errors });
}

/** True for a problem of this API; problems of a proxy in front of it have no code and no request id. */
function isProblem(body: unknown): body is Problem {
  if (typeof body !== "object" || body === null) return false;
  const { code, detail, status, requestId } = body as Record<string, unknown>;
  return [code, detail, requestId].every((member) => typeof member === "string") && typeof status === "number";
}
