import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { ConfigError } from "../config/issues.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { redisScript } from "./script.ts";
import {
  type RedisArgument,
  type RedisScript,
  type Shared,
  type SharedState,
  unavailable,
  unsharedState,
} from "./sharedState.ts";

export interface RedisOptions {
  logger: Logger;
  metrics: Pick<Metrics, "redisUp" | "redisErrors" | "redisMembers">;
  /** False for a command that runs beside the serving processes: it uses no share of what they divide. */
  isMember: boolean;
  /** Replaces the time of Redis, for tests with a clock of their own. Epoch ms. */
  now?: (() => number) | undefined;
}

/** No request waits longer for Redis. */
const commandTimeoutMs = 100;
/** No request waits for a connection. TLS to another machine takes a few round trips. */
const connectTimeoutMs = 1_000;
const heartbeatMs = 2_000;
/** A process without a heartbeat for this long no longer counts. */
const memberTtlMs = 10_000;
/** Between checks while Redis is lost. */
const retryMs = 200;
/** Checks of an open connection that fail in a row before it is opened again: the other end may be gone without a word. */
const maxFailedChecks = 10;
const maxReconnectMs = 500;
const errorLogIntervalMs = 60_000;

/** Counts this process, forgets those that ended, and returns the time and the number of processes. */
const heartbeat = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {now, redis.call('ZCARD', KEYS[1])}
`);

/** The address of Redis in `SIDELIGHT_REDIS_URL`; null without one. @throws {ConfigError} which does not repeat the address */
export function redisUrl(env: NodeJS.ProcessEnv): string | null {
  const url = env["SIDELIGHT_REDIS_URL"];
  if (!url) return null;
  const protocol = URL.canParse(url) ? new URL(url).protocol : null;
  if (protocol === "redis:" || protocol === "rediss:") return url;
  const message = "not an address of Redis. Use redis://host:6379/0, or rediss:// for TLS";
  throw new ConfigError([{ path: ["SIDELIGHT_REDIS_URL"], message, location: null }]);
}

/** The state that is shared through Redis, or that of a single process. @param url of {@link redisUrl} */
export const openSharedState = async (url: string | null, now: () => number, options: RedisOptions): Promise<SharedState> =>
  url === null ? unsharedState(now) : await openRedis(url, options);

/**
 * Connects to Redis, and again whenever the connection is lost. Resolves when Redis answers, or after the time of one attempt, because
 * the product works without it.
 */
async function openRedis(url: string, { logger, metrics, isMember, now }: RedisOptions): Promise<SharedState> {
  const [client, subscriber] = [connect(url), connect(url)];
  const database = client.options.db ?? 0;
  const member = randomUUID();
  const membersKey = prefixed("members");
  const channelListeners = new Map<string, Set<(message: string) => void>>();
  const changeListeners = new Set<(isUp: boolean) => void>();
  /** `suspect`: a call failed. The next check decides. */
  let status = "lost" as "up" | "suspect" | "lost";
  let isClosed = false;
  let lostAt: number | null = null;
  let lastReason = "not connected";
  let errorLoggedAt = Number.NEGATIVE_INFINITY;
  let timeOffsetMs = Date.now() - performance.now();
  let memberCount = 1;
  let isSubscribed = false;
  let wake = (): void => {};
  let onFirstUp = (): void => {};
  let onChecked: (() => void)[] = [];
  metrics.redisUp.set(0);

  for (const connection of [client, subscriber]) {
    connection.on("error", (error) => {
      lastReason = reasonOf(error);
    });
    connection.on("ready", () => wake());
    connection.on("close", () => {
      isSubscribed = false;
      // Messages may be lost from now on, however soon it is open again.
      if (status !== "lost" && !isClosed) reportLost();
      wake();
    });
  }
  subscriber.on("message", (channel: string, message: string) => {
    for (const listener of channelListeners.get(channel) ?? []) listener(message);
  });

  const firstUp = new Promise<void>((resolve) => {
    onFirstUp = resolve;
  });
  const watching = watch();
  await inTime(firstUp, connectTimeoutMs).catch(() => {});
  if (status !== "up") reportLost();

  return {
    isUp: () => status === "up",
    whenChecked: async () => {
      if (status === "suspect") await new Promise<void>((resolve) => onChecked.push(resolve));
    },
    onChange(listener) {
      changeListeners.add(listener);
      return () => void changeListeners.delete(listener);
    },
    now: now ?? (() => Math.round(performance.now() + timeOffsetMs)),
    members: () => memberCount,
    get: (key) => call(() => client.getBuffer(prefixed(key))),
    set: (key, value, ttlMs) =>
      call(async () => {
        await client.set(prefixed(key), value, "PX", Math.ceil(ttlMs));
        return true as const;
      }),
    delete: (...keys) => call(() => client.unlink(keys.map(prefixed))),
    run: (script, keys, args) => call(() => runScript(script, keys.map(prefixed), args)),
    publish: (channel, message) => call(() => client.publish(channelName(channel), message)),
    subscribe(channel, listener) {
      const name = channelName(channel);
      const listeners = channelListeners.get(name) ?? new Set();
      channelListeners.set(name, listeners.add(listener));
      isSubscribed = false;
      wake();
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      wake();
      await watching;
      endSuspicion(status === "up" ? "up" : "lost");
      if (isMember && status === "up") await inTime(client.zrem(membersKey, member), commandTimeoutMs).catch(() => {});
      status = "lost";
      client.disconnect();
      subscriber.disconnect();
    },
  };

  /** Channels are not part of a database of Redis, so their names contain its number. */
  function channelName(channel: string): string {
    return `${prefixed(channel)}@${database}`;
  }

  async function call<T>(work: () => Promise<T>): Promise<Shared<T>> {
    if (status !== "up") return unavailable;
    try {
      return await inTime(work(), commandTimeoutMs);
    } catch (error) {
      reportFailure(error);
      return unavailable;
    }
  }

  async function runScript(
    { source, sha }: RedisScript,
    keys: readonly string[],
    args: readonly RedisArgument[],
  ): Promise<unknown> {
    try {
      return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (reasonOf(error) !== "NOSCRIPT") throw error;
      return await client.eval(source, keys.length, ...keys, ...args);
    }
  }

  /** A refused command fails alone. Without an answer, no command is sent before the next check. */
  function reportFailure(error: unknown): void {
    lastReason = reasonOf(error);
    metrics.redisErrors.inc({ reason: lastReason });
    if (isClosed) return;
    if (!isReply(error) || lastReason === "READONLY") {
      if (status === "up") status = "suspect";
      wake();
    }
    if (isReply(error) && performance.now() - errorLoggedAt > errorLogIntervalMs) {
      errorLoggedAt = performance.now();
      logger.error({ reason: lastReason }, "Redis refused a command; the process goes on with its own state");
    }
  }

  /** Checks Redis while it answers, and connects again while it does not. */
  async function watch(): Promise<void> {
    let failedChecks = 0;
    while (!isClosed) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const isAlive = await check();
      if (isClosed) return;
      if (isAlive) {
        failedChecks = 0;
        reportUp();
      } else {
        // The first attempt may still be under way.
        if (lostAt !== null || status === "suspect") reportLost();
        failedChecks += 1;
        if (failedChecks % maxFailedChecks === 0) for (const connection of [client, subscriber]) connection.disconnect(true);
      }
      await Promise.race([woken, delay(isAlive ? heartbeatMs : retryMs)]);
      // A ready connection or a failed call is checked at once, but not in a tight loop.
      if (!isAlive) await delay(retryMs / 10);
    }
  }

  async function check(): Promise<boolean> {
    if (client.status !== "ready" || subscriber.status !== "ready") return false;
    try {
      await inTime(Promise.all([beat(), subscribeChannels(), subscriber.ping()]), commandTimeoutMs);
      return true;
    } catch (error) {
      lastReason = reasonOf(error);
      return false;
    }
  }

  async function beat(): Promise<void> {
    const startedAt = performance.now();
    const result = await runScript(heartbeat, [membersKey], [isMember ? member : "", memberTtlMs]);
    const [redisNow, count] = result as [number, number];
    timeOffsetMs = redisNow - (startedAt + performance.now()) / 2;
    memberCount = Math.max(1, count);
    metrics.redisMembers.set(memberCount);
  }

  async function subscribeChannels(): Promise<void> {
    if (isSubscribed) return;
    isSubscribed = true;
    try {
      if (channelListeners.size > 0) await subscriber.subscribe(...channelListeners.keys());
    } catch (error) {
      isSubscribed = false;
      throw error;
    }
  }

  function reportUp(): void {
    const wasLost = status === "lost";
    endSuspicion("up");
    if (!wasLost) return;
    if (lostAt !== null) logger.info({ outageMs: Math.round(performance.now() - lostAt) }, "Redis is back");
    lostAt = null;
    metrics.redisUp.set(1);
    onFirstUp();
    for (const listener of changeListeners) listener(true);
  }

  function endSuspicion(nextStatus: "up" | "lost"): void {
    status = nextStatus;
    for (const resolve of onChecked) resolve();
    onChecked = [];
  }

  function reportLost(): void {
    endSuspicion("lost");
    if (lostAt !== null) return;
    lostAt = performance.now();
    metrics.redisUp.set(0);
    logger.warn({ reason: lastReason }, "Redis is lost; the process goes on with its own state");
    for (const listener of changeListeners) listener(false);
  }
}

const prefixed = (key: string): string => `sidelight:${key}`;

const connect = (url: string): Redis =>
  new Redis(url, {
    protocol: 2,
    connectionName: "sidelight",
    connectTimeout: connectTimeoutMs,
    enableAutoPipelining: true,
    // A command is sent now or not at all.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 50, maxReconnectMs),
    // A replica that took no writes may have been promoted elsewhere.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });

const isReply = (error: unknown): boolean => error instanceof Error && error.name === "ReplyError";

/** A word that contains no address, key or value: errors of the client repeat the command, which may be a password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "ReplyError") return /^[A-Z]+/.exec(error.message)?.[0] ?? "ERR";
  if (error instanceof TimeoutError) return "timeout";
  return "code" in error && typeof error.code === "string" ? error.code : "connection";
}

class TimeoutError extends Error {}

const slices = 4;

/**
 * The result of the work, if it comes in time. Time in which this process was busy counts little: an answer may have arrived then
 * without being read.
 */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const timeout = new Promise<never>((_, reject) => {
    const end = (): void => reject(new TimeoutError("Redis did not answer in time"));
    const wait = (remaining: number): void => {
      if (isOver) return;
      // What arrived is read before the immediate runs.
      timer = setTimeout(() => setImmediate(remaining > 1 ? () => wait(remaining - 1) : end), ms / slices);
    };
    wait(slices);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
