import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";

/** Refuses a body larger than `maxSize` bytes, before it is read where its length is told. */
export function limitBody(maxSize: number): MiddlewareHandler<Env> {
  return bodyLimit({
    maxSize,
    onError: () => {
      throw new ProblemError("too_large", `The body may hold ${maxSize} bytes.`);
    },
  }) as MiddlewareHandler<Env>;
}
