import { json } from "../context.ts";

export interface ResponseParts {
  status: number;
  body?: unknown;
  /** Plain text instead of JSON. */
  text?: string;
  response?: Response;
}

export class MixpanelError extends Error {
  override readonly name = "MixpanelError";
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

const STATUS: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
};

/** Error form of the query, export and application APIs. */
export function fail(status: number, error: string): never {
  throw new MixpanelError(status, { error, status: "error" });
}

/** Error form of `/import`. */
export function failImport(code: number, error: string): never {
  throw new MixpanelError(code, { code, error, status: STATUS[code] ?? "Error" });
}

export const RATE_LIMITED = "Project exceeded rate limits. Please retry the request with exponential backoff.";
export const rateLimited = (): Response => json({ code: 429, error: RATE_LIMITED, status: "Too Many Requests" }, 429);
