import { setTimeout as sleep } from "node:timers/promises";
import { SidelightError } from "@sidelight/model/errors.ts";
import { Client } from "pg";
import type { Coordination } from "../coordination.ts";
import type { CoordinationOptions } from "../store.ts";
import { typeParsers } from "./connection.ts";
import { requireUnlocked } from "./exclusive.ts";
import { storeErrorOf } from "./faults.ts";
import { channel, publishInvalidations } from "./leaders.ts";
import type { RowClient } from "./rows.ts";

/** What processes send each other. A notice that is lost is made up for by the next poll. */
type Notice =
  | ["appended", tenant: string, head: number]
  | ["projected", tenant: string, generation: number]
  | ["released", process: string]
  | ["announced", tenant: string, topic: string, process: string];

/** Of advisory locks: their keys are those of the whole database. */
const lockSeed = 0x51de;
const maxReconnectMs = 2_000;
const minServerVersion = 140_000;

/**
 * Coordinates with the other processes over one connection: it holds the advisory locks of the tenants that this process leads, listens
 * to notices and polls for those that were lost. The server ends a session that is silent, so that a frozen process loses its locks.
 * @throws when the database cannot be used at the start
 */
export async function openPostgresCoordination(url: string, options: CoordinationOptions): Promise<Coordination> {
  const { tenants, isCandidate, timing, listener } = options;
  const closing = new AbortController();
  const epochs = new Map<string, number>();
  const heads = new Map<string, number>();
  const pendingNotices: Notice[] = [];
  const pendingHeads = new Map<string, number>();
  /** What could not be published while the connection was lost. */
  const pendingInvalidations = new Map<string, Set<string>>();
  let client: Client | null = null;
  let isResigned = !isCandidate;
  let electedAt = Number.NEGATIVE_INFINITY;
  let flushing: Promise<void> | null = null;
  let work: Promise<void> = Promise.resolve();

  client = await connect();
  await inOrder(poll);
  void beat();

  async function connect(): Promise<Client> {
    const connection = new Client({
      connectionString: url,
      application_name: "sidelight coordination",
      keepAlive: true,
      connectionTimeoutMillis: timing.idleTimeoutMs,
      query_timeout: (timing.idleTimeoutMs * 2) / 3,
      types: typeParsers,
    });
    connection.on("error", (error) => lose(connection, error));
    connection.on("end", () => lose(connection, new Error("the connection ended")));
    connection.on("notification", ({ payload }) => receive(JSON.parse(payload ?? "[]")));
    try {
      await connection.connect();
      const { rows } = await connection.query("select current_setting('server_version_num')::integer as version");
      if (rows[0].version < minServerVersion) throw new SidelightError(oldServer, { code: "database_too_old", stage: "open" });
      if (options.isServing) await requireUnlocked(connection);
      await connection.query(
        `set idle_session_timeout = ${Math.round(timing.idleTimeoutMs)}; set synchronous_commit = off;
        set lock_timeout = ${Math.round(timing.idleTimeoutMs / 2)}; set sidelight.tenant = ''; listen ${channel}`,
      );
      return connection;
    } catch (error) {
      void connection.end().catch(() => {});
      throw storeErrorOf(error);
    }
  }

  function lose(connection: Client, error: unknown): void {
    if (client !== connection) return;
    client = null;
    listener.onDisconnected(error);
    void connection.end().catch(() => {});
    for (const tenant of [...epochs.keys()]) loseTenant(tenant);
  }

  function loseTenant(tenant: string): void {
    if (epochs.delete(tenant)) listener.onFollowing(tenant);
  }

  /** One after another, on the one connection. A failure is that of the connection. */
  function inOrder(task: (connection: Client) => Promise<void>): Promise<void> {
    work = work.then(async () => {
      const connection = client;
      if (!connection) return;
      try {
        await task(connection);
      } catch (error) {
        lose(connection, error);
      }
    });
    return work;
  }

  async function beat(): Promise<void> {
    let retryMs = timing.heartbeatMs / 4;
    while (!closing.signal.aborted) {
      await sleep(client ? timing.heartbeatMs : retryMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
      if (closing.signal.aborted) return;
      if (client) {
        await inOrder(poll);
        continue;
      }
      try {
        client = await connect();
        retryMs = timing.heartbeatMs / 4;
        electedAt = Number.NEGATIVE_INFINITY;
        await inOrder(poll);
        flush();
      } catch {
        retryMs = Math.min(maxReconnectMs, retryMs * 2);
      }
    }
  }

  /** Reads where all logs are, for notices that were lost. It is the heartbeat of the connection, too. */
  async function poll(connection: Client): Promise<void> {
    const { rows } = await connection.query<{ tenant: string; head: number; epoch: number | null; generation: number | null }>(
      `select tenant, coalesce(h.sequence, 0) as head, l.epoch, l.generation from unnest($1::text[]) as tenant
        left join log_heads h using (tenant) left join leaders l using (tenant)`,
      [tenants],
    );
    for (const { tenant, head, epoch, generation } of rows) {
      const ownEpoch = epochs.get(tenant);
      if (ownEpoch !== undefined && ownEpoch !== epoch) await unlock(connection, tenant);
      advance(tenant, head);
      if (generation !== null) listener.onProjected(tenant, generation);
    }
    if (performance.now() - electedAt >= timing.electionMs) await elect(connection);
  }

  function advance(tenant: string, head: number): void {
    if (head <= (heads.get(tenant) ?? 0)) return;
    heads.set(tenant, head);
    listener.onAppended(tenant, head);
  }

  /** Another process raised the epoch: the lock is given back, and won again under a new epoch. */
  async function unlock(connection: Client, tenant: string): Promise<void> {
    loseTenant(tenant);
    await connection.query("select pg_advisory_unlock(hashtextextended($1, $2))", [tenant, lockSeed]);
  }

  /** Candidates that start together try the tenants in different orders, so that they share them. */
  async function elect(connection: Client): Promise<void> {
    const open = tenants.filter((tenant) => !epochs.has(tenant));
    if (isResigned || open.length === 0) return;
    electedAt = performance.now();
    const inRandomOrder = open.map((tenant) => ({ tenant, order: Math.random() })).sort((a, b) => a.order - b.order);
    const { rows: locked } = await connection.query<{ tenant: string }>(
      "select tenant from unnest($1::text[]) as tenant where pg_try_advisory_lock(hashtextextended(tenant, $2))",
      [inRandomOrder.map(({ tenant }) => tenant), lockSeed],
    );
    if (locked.length === 0) return;
    const { rows } = await connection.query<{ tenant: string; epoch: number }>(
      `insert into leaders (tenant, epoch, generation, process, since)
        select tenant, 1, 1, $2, (extract(epoch from now()) * 1000)::bigint from unnest($1::text[]) as tenant
        on conflict (tenant) do update set epoch = leaders.epoch + 1, process = excluded.process, since = excluded.since
        returning tenant, epoch`,
      [locked.map(({ tenant }) => tenant), options.process],
    );
    for (const { tenant, epoch } of rows) {
      epochs.set(tenant, epoch);
      listener.onLeading(tenant, epoch);
    }
  }

  function receive(notice: Notice): void {
    if (notice[0] === "appended") advance(notice[1], notice[2]);
    if (notice[0] === "projected") listener.onProjected(notice[1], notice[2]);
    if (notice[0] === "announced" && notice[3] !== options.process) listener.onAnnounced(notice[1], notice[2]);
    if (notice[0] === "released" && notice[1] !== options.process) void inOrder(elect);
  }

  /** Notices of one turn of the event loop, and those that arrive while they are sent, share a statement. */
  function flush(): void {
    flushing ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => inOrder(sendNotices))
      .finally(() => {
        flushing = null;
        if (client && (pendingNotices.length > 0 || pendingHeads.size > 0 || pendingInvalidations.size > 0)) flush();
      });
  }

  async function sendNotices(connection: Client): Promise<void> {
    const rows: RowClient = { query: async (text, values) => (await connection.query(text, values)) as never };
    for (const [tenant, dependencies] of [...pendingInvalidations]) {
      await connection.query("begin");
      await connection.query("select set_config('sidelight.tenant', $1, true)", [tenant]);
      await publishInvalidations(rows, tenant, [...dependencies]);
      await connection.query("commit");
      pendingInvalidations.delete(tenant);
    }
    const notices = [
      ...pendingNotices.splice(0),
      ...[...pendingHeads].map(([tenant, head]): Notice => ["appended", tenant, head]),
    ];
    pendingHeads.clear();
    if (notices.length === 0) return;
    const payloads = notices.map((notice) => JSON.stringify(notice));
    await connection.query(`select pg_notify('${channel}', payload) from unnest($1::text[]) as payload`, [payloads]);
  }

  return {
    epochOf: (tenant) => epochs.get(tenant) ?? null,
    publishHead(tenant, head) {
      pendingHeads.set(tenant, Math.max(head, pendingHeads.get(tenant) ?? 0));
      flush();
    },
    announce(tenant, topic) {
      pendingNotices.push(["announced", tenant, topic, options.process]);
      flush();
    },
    publishInvalidation(tenant, dependency) {
      pendingInvalidations.set(tenant, (pendingInvalidations.get(tenant) ?? new Set()).add(dependency));
      flush();
    },
    recheck(tenant) {
      loseTenant(tenant);
      void inOrder((connection) => unlock(connection, tenant));
    },
    async resign() {
      isResigned = true;
      const led = [...epochs.keys()];
      for (const tenant of led) loseTenant(tenant);
      await inOrder(async (connection) => {
        await connection.query("select pg_advisory_unlock_all()");
        if (led.length === 0) return;
        await connection.query(`select pg_notify('${channel}', $1)`, [JSON.stringify(["released", options.process])]);
      });
    },
    async close() {
      closing.abort();
      isResigned = true;
      while (client && flushing) await flushing;
      await work;
      const connection = client;
      client = null;
      await connection?.end().catch(() => {});
    },
  };
}

const oldServer = "PostgreSQL 14 or newer is needed. Update the server that SIDELIGHT_DATABASE_URL names.";
