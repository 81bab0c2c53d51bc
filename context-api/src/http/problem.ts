import { type Problem, type ProblemCode, problemCodes } from "@sidelight/contracts/errors/problem.ts";

/** An error that a client may see. Its detail says what was wrong with the request, never what is inside. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly code: ProblemCode;
  readonly errors: Problem["errors"];
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, detail: string, extra: { errors?: Problem["errors"]; headers?: Record<string, string> } = {}) {
    super(detail);
    this.code = code;
    this.errors = extra.errors;
    this.headers = extra.headers ?? {};
  }
}

/** RFC 9457: the body of an error answer. */
export function problemBody(error: ProblemError, requestId: string): Problem {
  const { status, title } = problemCodes[error.code];
  const type = `/docs/errors#${error.code}`;
  return {
    type,
    title,
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.errors ? { errors: error.errors } : {}),
  };
}

export function problemResponse(error: ProblemError, requestId: string, serverTiming: string): Response {
  return new Response(JSON.stringify(problemBody(error, requestId)), {
    status: problemCodes[error.code].status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "x-request-id": requestId,
      "server-timing": serverTiming,
      ...(error.code === "unauthenticated" ? { "www-authenticate": "Bearer" } : {}),
      ...error.headers,
    },
  });
}

/** What was wrong, by JSON pointer. Messages name fields and rules, never the value that was sent. */
export function invalidRequest(issues: readonly { path: PropertyKey[]; message: string }[]): ProblemError {
  const errors = issues.slice(0, 20).map((issue) => ({ pointer: `/${issue.path.map(String).join("/")}`, detail: issue.message }));
  return new ProblemError(
    "invalid_request",
    errors[0] ? `${errors[0].pointer}: ${errors[0].detail}` : "The request can't be read.",
    { errors },
  );
}
