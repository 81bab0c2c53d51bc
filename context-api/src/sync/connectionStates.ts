import { setTimeout as sleep } from "node:timers/promises";
import type { CircuitStatus } from "../connections/circuits.ts";
import type { Connection, ConnectionHealth, UnavailableStream } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import type { QuotaState } from "../resilience/rateLimiter.ts";
import { loadConnectionStates, saveConnectionState } from "../store/tables/connectionStates.ts";
import type { StreamProgress, Sync } from "./runner.ts";

/** What the process that pulls a connection knows about it. */
export interface ConnectionState {
  /** Empty until the connection was pulled. */
  streams: StreamProgress[];
  health: ConnectionHealth;
  circuits: CircuitStatus[];
  quotas: Record<string, QuotaState>;
  /** When each quota runs out, epoch ms; null when it does not. */
  forecast: Record<string, number | null>;
  unavailableStreams: [stream: string, problem: UnavailableStream][];
}

/** The states of a tenant's connections, in the process that pulls them and in all others. */
export interface ConnectionStates {
  of(connection: Connection): ConnectionState;
  /** Reads what the process that pulls has stored, at most once a second. */
  refresh(): Promise<void>;
}

/** Announced when a state has changed in a way that answers show. */
const topic = "connection states";
const minRefreshMs = 1_000;
const checkMs = 1_000;
/** Counts and times are stored less often than a failure or the end of a backfill. */
const countsMs = 15_000;

export interface ConnectionStatesDeps {
  log: TenantLog;
  connections: readonly Connection[];
  /** Empty while another process pulls. */
  syncs: ReadonlyMap<string, Sync>;
  /** True while this process does not pull, but another one may. */
  isFollowing(): boolean;
}

export function createConnectionStates(deps: ConnectionStatesDeps, closed: AbortSignal): ConnectionStates {
  const { log, connections, syncs, isFollowing } = deps;
  const stored = new Map<string, ConnectionState>();
  let readAt = Number.NEGATIVE_INFINITY;

  async function read(): Promise<void> {
    readAt = performance.now();
    const states = await loadConnectionStates(log.store);
    for (const connection of connections) {
      const json = states.get(connection.id);
      if (json === undefined) continue;
      const state = JSON.parse(json) as ConnectionState;
      stored.set(connection.id, state);
      if (!isFollowing()) continue;
      connection.unavailableStreams.clear();
      for (const [stream, problem] of state.unavailableStreams) connection.unavailableStreams.set(stream, problem);
    }
  }

  const unsubscribe = log.onAnnounced((announced) => {
    // A store that is lost is read at the next request.
    if (announced === topic && isFollowing()) void read().catch(() => {});
  });
  closed.addEventListener("abort", unsubscribe, { once: true });

  return {
    of(connection) {
      const storedState = isFollowing() ? stored.get(connection.id) : undefined;
      if (!storedState) return stateOf(connection, syncs.get(connection.id));
      const { rateLimiter } = connection;
      // What all processes share, each of them sees.
      return rateLimiter.isShared
        ? { ...storedState, quotas: rateLimiter.left(), forecast: rateLimiter.forecast() }
        : storedState;
    },
    async refresh() {
      await Promise.all(connections.map(({ rateLimiter }) => rateLimiter.refresh()));
      if (isFollowing() && performance.now() - readAt >= minRefreshMs) await read();
    },
  };
}

function stateOf(connection: Connection, sync: Sync | undefined): ConnectionState {
  return {
    streams: sync?.progress() ?? [],
    health: connection.health(),
    circuits: connection.circuits.list(),
    quotas: connection.rateLimiter.left(),
    forecast: connection.rateLimiter.forecast(),
    unavailableStreams: [...connection.unavailableStreams],
  };
}

/** Stores the states for the other processes until the signal is aborted. By real time, because other processes wait for it. */
export async function publishConnectionStates(
  { log, connections, syncs }: Pick<ConnectionStatesDeps, "log" | "connections" | "syncs">,
  signal: AbortSignal,
): Promise<void> {
  const published = new Map<string, { shown: string; json: string; storedAt: number }>();
  while (!signal.aborted) {
    await publish().catch(() => {});
    await sleep(checkMs, undefined, { signal, ref: false }).catch(() => {});
  }

  async function publish(): Promise<void> {
    const changed = connections.flatMap((connection) => {
      const state = stateOf(connection, syncs.get(connection.id));
      // Streams report when they have read their checkpoints.
      if (state.streams.length < connection.connector.streams.length) return [];
      const json = JSON.stringify(state);
      const previous = published.get(connection.id);
      if (json === previous?.json) return [];
      const shown = shownPart(state);
      const isDue = shown !== previous?.shown || performance.now() - previous.storedAt >= countsMs;
      return isDue ? [{ connection: connection.id, json, shown }] : [];
    });
    if (changed.length === 0) return;
    const updated_at = Date.now();
    const statements = changed.map(({ connection, json }) =>
      saveConnectionState(log.store, { connection, state: json, updated_at }),
    );
    await log.append({ statements, correlationId: "connection-states" });
    for (const { connection, json, shown } of changed) published.set(connection, { json, shown, storedAt: performance.now() });
    log.announce(topic);
  }
}

/** What changes seldom: whether streams and calls work. */
const shownPart = ({ streams, health, circuits, unavailableStreams }: ConnectionState): string =>
  JSON.stringify([
    streams.map(({ complete, problem }) => [complete, problem?.message]),
    health.failure?.message,
    circuits.map(({ state }) => state),
    unavailableStreams,
  ]);
