import canonicalize from "canonicalize";
import { valueHash } from "../security/keyring.ts";
import { ProblemError } from "./problemError.ts";
import type { ServiceContext } from "./service.ts";

type Caller = Pick<ServiceContext, "served" | "actor">;

/** Keyed hash of a request, to recognize a repeated one. */
export const requestHash = ({ served }: Pick<Caller, "served">, content: readonly unknown[]): string =>
  valueHash(served.tenant.log.keys, canonicalize(content) ?? "");

/**
 * The id of what a request makes. The same caller gets the same id for the same key, so that a second attempt makes nothing new.
 * People who share an API key have keys of their own.
 * @param part of a request that makes several things
 */
export function repeatableId({ served, actor }: Caller, prefix: string, key: string, part: number | string = 0): string {
  const person = actor.person ? [actor.person.ref] : [];
  return `${prefix}_${requestHash({ served }, ["idempotency", actor.keyId, key, part, ...person])}`;
}

/** For a key that was used for another request. */
export const usedKey = (): ProblemError =>
  new ProblemError("conflict", "This Idempotency-Key was used for another request. Use a new key for each change.");
