import type { Actor } from "../deps.ts";
import { ProblemError } from "../problem.ts";

/** @throws {ProblemError} forbidden */
export function requireOperator(actor: Actor): void {
  if (!actor.rights.operate) throw new ProblemError("forbidden", "This is for keys with the right operate: role admin.");
}
