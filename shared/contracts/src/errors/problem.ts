import { z } from "zod";

/** Every error code of the API with its HTTP status and whether the same request may succeed later. */
export const problemCodes = {
  invalid_ref: { status: 400, retryable: false, title: "Invalid ref" },
  invalid_request: { status: 400, retryable: false, title: "Invalid request" },
  unauthenticated: { status: 401, retryable: false, title: "No valid credentials" },
  forbidden: { status: 403, retryable: false, title: "Not allowed" },
  not_found: { status: 404, retryable: false, title: "Not found" },
  method_not_allowed: { status: 405, retryable: false, title: "Method not allowed" },
  conflict: { status: 409, retryable: false, title: "Conflict" },
  request_timeout: { status: 408, retryable: true, title: "Request timeout" },
  too_large: { status: 413, retryable: false, title: "Too large" },
  unsupported_media_type: { status: 415, retryable: false, title: "Unsupported media type" },
  headers_too_large: { status: 431, retryable: false, title: "Headers too large" },
  rate_limited: { status: 429, retryable: true, title: "Too many requests" },
  internal: { status: 500, retryable: true, title: "Internal error" },
  not_implemented: { status: 501, retryable: false, title: "Not built yet" },
  overloaded: { status: 503, retryable: true, title: "Overloaded" },
} as const;
export type ProblemCode = keyof typeof problemCodes;

/** RFC 9457 problem details, extended by `code` and `requestId`. */
export const Problem = z.object({
  type: z.string().describe("Path of the page that explains the code"),
  title: z.string().describe("The code in words"),
  status: z.number().int().describe("HTTP status"),
  code: z.enum(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]).describe("Stable name of the error"),
  detail: z.string().describe("What was wrong and what to do; never a value of a customer"),
  requestId: z.string().describe("Name it when you ask for help; the logs contain it"),
  errors: z
    .array(z.object({ pointer: z.string().describe("JSON pointer to the member or parameter"), detail: z.string() }))
    .optional()
    .describe("Every error of the request"),
});
export type Problem = z.infer<typeof Problem>;
