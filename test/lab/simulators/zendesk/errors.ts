import { json } from "../context.ts";

/** Parts of an HTTP response. */
export interface ResponseParts {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export class ZendeskError extends Error {
  override readonly name = "ZendeskError";
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  constructor(status: number, body: unknown, headers: Record<string, string> = {}) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function fail(status: number, error: string, description: string, headers: Record<string, string> = {}): never {
  throw new ZendeskError(status, { error, description }, headers);
}

export const notFound = (): never => fail(404, "RecordNotFound", "Not found");

/** `{"error":"RecordInvalid","description":"Record validation errors","details":{"status":[{"description":"Status: …"}]}}` */
export function invalid(field: string, description: string, error?: string): never {
  throw new ZendeskError(422, {
    error: "RecordInvalid",
    description: "Record validation errors",
    details: { [field]: [{ description, ...(error ? { error } : {}) }] },
  });
}

export const refuse = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  json(body, status, headers);
