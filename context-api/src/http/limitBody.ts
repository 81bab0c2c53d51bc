import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ProblemError } from "../services/problemError.ts";
import type { Env } from "./env.ts";

/** Refuses a body of more than `maxBytes`: before it is read when its length is declared. */
export function limitBody(maxBytes: number): MiddlewareHandler<Env> {
  return bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw tooLarge(maxBytes);
    },
  }) as MiddlewareHandler<Env>;
}

export const tooLarge = (maxBytes: number): ProblemError =>
  new ProblemError("too_large", `The body is larger than ${maxBytes} bytes. Send less.`);
