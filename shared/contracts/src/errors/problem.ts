import { z } from "zod";

/** Every error code of the API with its HTTP status and whether the same request may succeed later. */
export const problemCodes = {
  invalid_ref: { status: 400, retryable: false, title: "The ref cannot be read" },
  invalid_request: { status: 400, retryable: false, title: "The request cannot be read" },
  unauthenticated: { status: 401, retryable: false, title: "No valid credentials" },
  forbidden: { status: 403, retryable: false, title: "Not allowed" },
  not_found: { status: 404, retryable: false, title: "Not found" },
  conflict: { status: 409, retryable: false, title: "Conflict" },
  too_large: { status: 413, retryable: false, title: "Too large" },
  unsupported_media_type: { status: 415, retryable: false, title: "Unsupported media type" },
  rate_limited: { status: 429, retryable: true, title: "Too many requests" },
  internal: { status: 500, retryable: true, title: "Internal error" },
  not_implemented: { status: 501, retryable: false, title: "Not built yet" },
  overloaded: { status: 503, retryable: true, title: "Overloaded" },
} as const;
export type ProblemCode = keyof typeof problemCodes;

/** RFC 9457 problem details, with a code of ours and the request id. */
export const Problem = z.object({
  type: z.string().describe("The page that explains the code"),
  title: z.string(),
  status: z.number().int(),
  code: z.enum(Object.keys(problemCodes) as [ProblemCode, ...ProblemCode[]]),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;
