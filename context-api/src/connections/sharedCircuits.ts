import { randomUUID } from "node:crypto";
import { z } from "zod";
import { redisScript } from "../redis/script.ts";
import { type SharedState, unavailable } from "../redis/sharedState.ts";

/** What the processes share of an open circuit. Instants are those of Redis, epoch ms. */
export interface SharedCircuit {
  /** When it becomes half-open. */
  openUntil: number;
  /** When it opened. */
  since: number;
  failures: number;
  failedProbes: number;
  /** Sentences of the platform's adapter; contain no customer data. */
  failure: { code: string; message: string; nextAction: string | null };
}

/** A state of a circuit, and when it began. The newest one counts. */
export interface SharedCircuitChange {
  kind: string;
  changedAt: number;
  /** Null for a closed circuit. */
  circuit: SharedCircuit | null;
}

/** The circuits of one connection, as the processes share them. */
export interface ConnectionCircuits {
  /** The time of Redis, epoch ms. */
  now(): number;
  /**
   * Calls `adopt` with the changes of other processes, and with what they changed while this one had no connection to Redis.
   * @param own the newest change of each circuit of this process
   */
  join(adopt: (change: SharedCircuitChange) => void, own: () => SharedCircuitChange[]): void;
  publish(change: SharedCircuitChange): void;
  /** Takes the permission for the one probe of all processes. @returns returns the permission; null when another process has it */
  takeProbe(kind: string): Promise<(() => void) | null>;
}

export interface SharedCircuits {
  /** @param name of a connection, the same in all processes: a keyed hash */
  of(name: string): ConnectionCircuits;
}

/** A probe that ended without a word, as its process did, blocks the next one no longer than this. */
const probeLeaseMs = 15_000;
/** An outage lasts longer only if a process sees it again. */
const keepMs = 3_600_000;
const channel = "circuits";

const Change = z.object({
  kind: z.string(),
  changedAt: z.number(),
  circuit: z
    .object({
      openUntil: z.number(),
      since: z.number(),
      failures: z.number(),
      failedProbes: z.number(),
      failure: z.object({ code: z.string(), message: z.string(), nextAction: z.string().nullable() }),
    })
    .nullable(),
});
const Message = Change.extend({ name: z.string() });

/** A later change is not overwritten by an earlier one. */
const save = redisScript(`
local current = redis.call('HGET', KEYS[1], ARGV[1])
if current and cjson.decode(current).changedAt > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`);
const load = redisScript("return redis.call('HVALS', KEYS[1])");
const take = redisScript("if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end return 0");
const giveBack = redisScript("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end");

/** Shares open circuits among processes. One for each process. While Redis is lost, each process goes on with its own. */
export function createSharedCircuits(shared: SharedState): SharedCircuits {
  const connections = new Map<string, { adopt(change: SharedCircuitChange): void; own(): SharedCircuitChange[] }>();
  shared.subscribe(channel, (text) => {
    const message = parsed(Message, text);
    if (message) connections.get(message.name)?.adopt(message);
  });
  shared.onChange((isUp) => {
    if (isUp) for (const name of connections.keys()) void exchange(name);
  });

  return {
    of: (name) => ({
      now: shared.now,
      join(adopt, own) {
        connections.set(name, { adopt, own });
        void exchange(name);
      },
      publish: (change) => void publish(name, change),
      async takeProbe(kind) {
        const key = `probe:${name}:${kind}`;
        const token = randomUUID();
        const isTaken = await shared.run(take, [key], [token, probeLeaseMs]);
        if (isTaken === unavailable) return () => {};
        return isTaken === 1 ? () => void shared.run(giveBack, [key], [token]) : null;
      },
    }),
  };

  async function publish(name: string, change: SharedCircuitChange): Promise<void> {
    const text = JSON.stringify(change);
    const isSaved = await shared.run(save, [`circuits:${name}`], [change.kind, change.changedAt, text, keepMs]);
    if (isSaved === 1) await shared.publish(channel, JSON.stringify({ ...change, name }));
  }

  /** Adopts what is newer in Redis, and publishes what is newer here. */
  async function exchange(name: string): Promise<void> {
    const texts = await shared.run(load, [`circuits:${name}`], []);
    const connection = connections.get(name);
    if (!Array.isArray(texts) || !connection) return;
    const stored = new Map(texts.flatMap((text) => parsed(Change, String(text)) ?? []).map((change) => [change.kind, change]));
    for (const own of connection.own()) if (own.changedAt > (stored.get(own.kind)?.changedAt ?? 0)) await publish(name, own);
    for (const change of stored.values()) connection.adopt(change);
  }
}

/** Null for what is no such value: Redis may hold anything. */
function parsed<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
