/** Result of a call while Redis is lost, or not configured. Callers go on with the state of their own process. */
export const unavailable: unique symbol = Symbol("unavailable");
export type Shared<T> = T | typeof unavailable;

/** A script that Redis runs as one step. */
export interface RedisScript {
  source: string;
  /** SHA-1 of the source, by which Redis knows a script that it has run before. */
  sha: string;
}

/** An argument of a script. */
export type RedisArgument = string | number | Buffer;

/**
 * What the processes of one installation share in Redis. No call throws, and none takes longer than the timeout of a command. After a
 * failure, calls return `unavailable` at once until Redis answers again. Keys contain no personal value and no secret; values that
 * do are sealed. Nothing in Redis is the only copy: it may be empty at any time.
 */
export interface SharedState {
  /** False while calls return `unavailable`. */
  isUp(): boolean;
  /** Resolves when a call that failed is known to be a loss or not, after the timeout of a command at most. */
  whenChecked(): Promise<void>;
  /** Calls the listener when Redis is lost, and when it is back. @returns unsubscribes it */
  onChange(listener: (isUp: boolean) => void): () => void;
  /** The time of Redis, epoch ms: the same in all processes, whatever their clocks show. Use it for instants in shared values. */
  now(): number;
  /** Live processes with this one: as Redis last counted them, also while it is lost; 1 without Redis. */
  members(): number;
  get(key: string): Promise<Shared<Buffer | null>>;
  /** @param ttlMs Redis forgets the key after this long */
  set(key: string, value: Buffer | string, ttlMs: number): Promise<Shared<true>>;
  delete(...keys: string[]): Promise<Shared<number>>;
  /** Runs a script of {@link redisScript}. A fault of the script counts as `unavailable`, and is logged. */
  run(script: RedisScript, keys: readonly string[], args: readonly RedisArgument[]): Promise<Shared<unknown>>;
  /** Sends a message to the listeners of a channel in every process, this one included. */
  publish(channel: string, message: string): Promise<Shared<number>>;
  /** Messages that are sent while this process has no connection are lost: read the state again when it is back. */
  subscribe(channel: string, listener: (message: string) => void): () => void;
  close(): Promise<void>;
}

/** The state of a single process: nothing is shared. @param now epoch ms */
export const unsharedState = (now: () => number): SharedState => {
  const isUnavailable = async (): Promise<typeof unavailable> => unavailable;
  return {
    isUp: () => false,
    whenChecked: async () => {},
    onChange: () => () => {},
    now,
    members: () => 1,
    get: isUnavailable,
    set: isUnavailable,
    delete: isUnavailable,
    run: isUnavailable,
    publish: isUnavailable,
    subscribe: () => () => {},
    close: async () => {},
  };
};
