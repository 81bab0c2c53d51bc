import { IdempotencyKey } from "@sidelight/contracts/identity/changes.ts";
import type { Context } from "hono";
import { invalidParameter } from "../services/problemError.ts";
import type { Env } from "./env.ts";

const header = "idempotency-key";

/** @throws {ProblemError} invalid_request */
export function idempotencyKey(c: Context<Env>): string | undefined {
  const parsed = IdempotencyKey.optional().safeParse(c.req.header(header));
  if (parsed.success) return parsed.data;
  throw invalidParameter(header, "Send an Idempotency-Key of 1 to 200 characters.");
}

/** @throws {ProblemError} invalid_request */
export function requiredIdempotencyKey(c: Context<Env>): string {
  const key = idempotencyKey(c);
  if (key !== undefined) return key;
  throw invalidParameter(
    header,
    "Send the header Idempotency-Key, a new value for each action, so that a second attempt does nothing.",
  );
}
