import { randomUUID } from "node:crypto";
import { redisScript } from "../redis/script.ts";
import { type SharedState, unavailable } from "../redis/sharedState.ts";

/** Work that several processes may need at the same time. */
export interface SharedWork<T> {
  /** The same in all processes. Contains no personal value: a keyed hash. */
  name: string;
  /** When the caller began to need the result, by the time of Redis. An older result is used only while it is reusable. */
  neededSince: number;
  /** False ignores results that ended before `neededSince`. */
  mayReuse: boolean;
  run(): Promise<T>;
  /** The result for the other processes, without readable personal values. Null: they do the work themselves. */
  encode(result: PromiseSettledResult<T>): EncodedResult | null;
  /** The result that another process encoded; null when it cannot be read. @throws the error that it encoded */
  decode(text: string): Promise<T | null>;
}

export interface EncodedResult {
  text: string;
  /** Processes that need the result this long after its end use it, too. */
  reusableMs: number;
}

export interface SharedFlight {
  /**
   * Runs the work in one of the processes that need it at the same time; the others get its result. Without Redis, each process runs
   * it. The caller joins the calls of its own process.
   */
  run<T>(work: SharedWork<T>): Promise<T>;
}

/** A process that ended or hangs blocks the others no longer than this. */
const leaseMs = 5_000;
const renewMs = 1_000;
/** Waiting processes look again this often, for a message that was lost. */
const pollMs = 250;
/** Longer than any work takes. Then a process stops waiting for others. */
const maxWaitMs = 15_000;
const maxFailures = 3;
/** Processes that began to need a result before its end find it for this long. */
const minKeepMs = 5_000;

/** A result that is recent enough, otherwise the lease for the work, otherwise the advice to wait. */
const begin = redisScript(`
local result = redis.call('GET', KEYS[2])
if result then
  local endedAt, reusableUntil, text = string.match(result, '^(%d+) (%d+) (.*)$')
  if tonumber(endedAt) >= tonumber(ARGV[3]) or (ARGV[5] == '1' and tonumber(reusableUntil) > tonumber(ARGV[4])) then
    return {'result', text}
  end
end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'run'} end
if redis.call('GET', KEYS[1]) == ARGV[1] then return {'run'} end
return {'wait'}
`);

const renew = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

/** Only the holder of the lease ends it: a process that was frozen may have lost it. */
const end = redisScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
return 1
`);

const channel = "flights";

/** Shares work among processes. One for each process. */
export function createSharedFlight(shared: SharedState): SharedFlight {
  const waiting = new Map<string, Set<() => void>>();
  shared.subscribe(channel, (name) => {
    for (const wake of waiting.get(name) ?? []) wake();
  });

  return {
    async run(work) {
      // The work takes longer than the check, and another process may do it.
      await shared.whenChecked();
      if (!shared.isUp()) return await work.run();
      const token = randomUUID();
      const keys = [`flight:${work.name}`, `flight-result:${work.name}`];
      const giveUpAt = performance.now() + maxWaitMs;
      let failures = 0;
      while (performance.now() < giveUpAt) {
        // Before the question, so that no message is missed.
        const message = nextMessage(work.name);
        const args = [token, leaseMs, work.neededSince, shared.now(), work.mayReuse ? "1" : "0"];
        const answer = await shared.run(begin, keys, args);
        const [step, text] = answer === unavailable ? [] : (answer as [step: "result" | "run" | "wait", text?: string]);
        if (step === "wait") {
          await message.arrived;
          continue;
        }
        message.cancel();
        if (answer === unavailable) {
          await shared.whenChecked();
          failures += 1;
          if (shared.isUp() && failures < maxFailures) continue;
          break;
        }
        if (step === "run") return await runWithLease(work, token, keys);
        const result = text === undefined ? null : await work.decode(text);
        if (result === null) break;
        return result;
      }
      return await work.run();
    },
  };

  async function runWithLease<T>(work: SharedWork<T>, token: string, keys: string[]): Promise<T> {
    const renewing = setInterval(() => void shared.run(renew, keys.slice(0, 1), [token, leaseMs]), renewMs);
    renewing.unref();
    const [result] = await Promise.allSettled([work.run()]);
    clearInterval(renewing);
    // The caller does not wait for Redis: its result is there.
    void publishResult(work.name, token, keys, work.encode(result));
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  async function publishResult(name: string, token: string, keys: string[], encoded: EncodedResult | null): Promise<void> {
    const now = shared.now();
    const value = encoded ? `${now} ${Math.round(now + encoded.reusableMs)} ${encoded.text}` : "";
    const ended = await shared.run(end, keys, [token, value, Math.max(minKeepMs, encoded?.reusableMs ?? 0)]);
    if (ended === 1) await shared.publish(channel, name);
  }

  function nextMessage(name: string): { arrived: Promise<void>; cancel(): void } {
    let cancel = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      const wakers = waiting.get(name) ?? new Set();
      waiting.set(name, wakers.add(wake));
      const timer = setTimeout(wake, pollMs);
      function wake() {
        clearTimeout(timer);
        wakers.delete(wake);
        if (wakers.size === 0 && waiting.get(name) === wakers) waiting.delete(name);
        resolve();
      }
      cancel = wake;
    });
    return { arrived, cancel };
  }
}
