import { type Problem, problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { maskText } from "@sidelight/model/masking.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import { ProblemError } from "../services/problemError.ts";
import { storeFaultOf } from "../store/faults.ts";

/** A problem with headers of its own. */
export class HttpProblem extends ProblemError {
  readonly headers: Record<string, string>;

  constructor(headers: Record<string, string>, ...problem: ConstructorParameters<typeof ProblemError>) {
    super(...problem);
    this.headers = headers;
  }
}

/** The problem that a client gets for an error. The only place that decides it: nothing of an unknown error is shown. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof StoreLostError || storeFaultOf(error) !== null)
    return new ProblemError("overloaded", "The store is not available. Retry in 5 s.", { retryAfterSeconds: 5, cause: error });
  return new ProblemError("internal", "Sidelight failed to answer. Report the request id.", { cause: error });
}

/** RFC 9457: the body of an error answer. */
export function problemBody(error: ProblemError, requestId: string): Problem {
  const { status, title } = problemCodes[error.code];
  return {
    type: `/docs/errors#${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.errors ? { errors: error.errors } : {}),
  };
}

export function problemResponse(error: ProblemError, requestId: string): Response {
  const { status, headers, text } = problemParts(error, requestId);
  return new Response(text, { status, headers });
}

/** The parts of an error answer, for one that is not sent as a `Response`. */
export function problemParts(
  error: ProblemError,
  requestId: string,
): { status: number; headers: Record<string, string>; text: string } {
  return {
    status: problemCodes[error.code].status,
    text: JSON.stringify(problemBody(error, requestId)),
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": requestId,
      ...(error.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
      ...(error.retryAfterSeconds === null ? {} : { "retry-after": String(error.retryAfterSeconds) }),
      ...(error instanceof HttpProblem ? error.headers : {}),
    },
  };
}

interface Issue {
  code?: string | undefined;
  path: PropertyKey[];
  message: string;
  keys?: string[];
}

const maxErrors = 20;

/** The problem of a request that fails its schema. Its errors name members and rules, never the value that was sent. */
export function invalidRequest(issues: readonly Issue[]): ProblemError {
  const errors = issues.flatMap(errorsOf).slice(0, maxErrors);
  const [first] = errors;
  const detail = first ? `${first.pointer}: ${first.detail}` : "The request does not match its schema.";
  return new ProblemError("invalid_request", detail, { errors, stage: "validate" });
}

function errorsOf({ code, path, message, keys = [] }: Issue): NonNullable<Problem["errors"]> {
  const pointer = `/${path.map(String).join("/")}`;
  if (code !== "unrecognized_keys") return [{ pointer, detail: message }];
  // Names are the caller's own words: cut, so that the answer stays small, and without addresses.
  return keys.map((key) => ({
    pointer: `${pointer === "/" ? "" : pointer}/${maskText(key.slice(0, 60))}`,
    detail: "This name is unknown here. Check its spelling.",
  }));
}
