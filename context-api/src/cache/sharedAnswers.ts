import type { KeyObject } from "node:crypto";
import { z } from "zod";
import { redisScript } from "../redis/script.ts";
import { type SharedState, unavailable } from "../redis/sharedState.ts";
import { type SealContext, seal, unseal } from "../security/seal.ts";
import { version } from "../telemetry/version.ts";
import { type CachedAnswer, type Invalidations, stillHolds } from "./answerCache.ts";

/** Answers that the processes of an installation share in Redis. */
export interface SharedAnswers {
  /** An answer of any process that is still valid for this one; null when there is none, or no Redis. */
  get(key: string): Promise<CachedAnswer | null>;
  /** The caller does not wait for Redis. */
  set(key: string, answer: CachedAnswer): void;
  /** Removes the answers about customers from Redis. */
  removeSubjects(subjects: readonly string[]): void;
}

/** The part of a tenant's log that shared answers depend on. */
export interface SharedAnswersLog extends Invalidations {
  tenant: string;
  keys: { key: KeyObject };
  lineage: string;
  /** A keyed hash. */
  identifier(kind: string, value: string): string;
}

export interface SharedAnswersOptions {
  shared: SharedState;
  log: SharedAnswersLog;
  /** The wall clock, epoch ms. */
  now(): number;
  /** Called when Redis could not be read. */
  onError?(): void;
}

/** An answer that ends soon is not worth the call. */
const minValidityMs = 3_000;
/** The answer about a very large company is read from the store. */
const maxBytes = 256 * 1024;
const maxTtlMs = 3_600_000;

const store = redisScript(`
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if KEYS[2] and redis.call('SCARD', KEYS[2]) < 1000 then
  redis.call('SADD', KEYS[2], KEYS[1])
  if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
end
`);

const remove = redisScript(`
for _, subject in ipairs(KEYS) do
  for _, answer in ipairs(redis.call('SMEMBERS', subject)) do redis.call('UNLINK', answer) end
  redis.call('UNLINK', subject)
end
`);

/** What precedes the body in the sealed value. Times are those of Redis, because the clocks of the processes may differ. */
const Header = z.object({
  etag: z.string(),
  subject: z.string().nullable(),
  generation: z.number(),
  dependencies: z.array(z.string()),
  validUntil: z.number(),
  endsAt: z.number(),
  readAt: z.number(),
  ttlMs: z.number(),
});

/**
 * An answer is sealed under the tenant's key, and stored under a keyed hash. It is as valid as an answer in memory: a process compares
 * the generation at which it was read with its own invalidations. One that is newer than what this process has followed is not used.
 */
export function createSharedAnswers({ shared, log, now, onError }: SharedAnswersOptions): SharedAnswers {
  const nameOf = (key: string): string => `answer:${log.identifier("answer", `${version}\n${log.lineage}\n${key}`)}`;
  // The node of a customer is a keyed hash.
  const subjectName = (subject: string): string => `answers:${subject}`;
  const contextOf = (name: string): SealContext => ({ tenant: log.tenant, table: "shared_answers", id: name });

  return {
    async get(key) {
      if (!shared.isUp()) return null;
      const name = nameOf(key);
      const value = await shared.get(name);
      if (value === unavailable) onError?.();
      if (value === unavailable || value === null) return null;
      const answer = opened(log.keys.key, contextOf(name), value);
      if (!answer) return null;
      const { endsAt, ...rest } = answer;
      const clockOffsetMs = now() - shared.now();
      const validUntil = Math.min(rest.validUntil, endsAt + clockOffsetMs);
      const isUsable = validUntil > now() && rest.generation <= log.generation() && stillHolds(rest, log);
      return isUsable ? { ...rest, validUntil, readAt: rest.readAt + clockOffsetMs } : null;
    },
    set(key, answer) {
      const remainingMs = answer.validUntil - now();
      if (!shared.isUp() || remainingMs < minValidityMs || answer.body.length > maxBytes) return;
      const name = nameOf(key);
      const value = seal(log.keys.key, contextOf(name), serialized(answer, shared.now() - now()));
      if (value.length > maxBytes) return;
      const keys = answer.subject === null ? [name] : [name, subjectName(answer.subject)];
      void shared.run(store, keys, [value, Math.ceil(Math.min(remainingMs, maxTtlMs))]);
    },
    removeSubjects(subjects) {
      if (subjects.length > 0 && shared.isUp()) void shared.run(remove, subjects.map(subjectName), []);
    },
  };
}

/** @param offsetMs from the clock of this process to that of Redis */
function serialized(answer: CachedAnswer, offsetMs: number): Buffer {
  const { body, dependencies, validUntil, readAt, etag, subject, generation, ttlMs } = answer;
  const times = { validUntil, endsAt: validUntil + offsetMs, readAt: readAt + offsetMs, ttlMs };
  const header = Buffer.from(JSON.stringify({ etag, subject, generation, dependencies: [...dependencies], ...times }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, body]);
}

/** Null for what this tenant did not seal under this name: Redis may hold anything. */
function opened(key: KeyObject, context: SealContext, value: Buffer): (CachedAnswer & { endsAt: number }) | null {
  try {
    const plain = unseal(key, context, value);
    const bodyStart = 4 + plain.readUInt32BE(0);
    const { dependencies, ...header } = Header.parse(JSON.parse(plain.toString("utf8", 4, bodyStart)));
    return { ...header, dependencies: new Set(dependencies), body: plain.subarray(bodyStart) };
  } catch {
    return null;
  }
}
