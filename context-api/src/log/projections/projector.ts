import type { KeyObject } from "node:crypto";
import type { TenantKeys } from "../../security/keyring.ts";
import { isStoreConflict } from "../../store/faults.ts";
import { LeadershipLostError } from "../../store/leadershipLost.ts";
import { findConsumerOffset, saveConsumerOffset } from "../../store/tables/consumerOffsets.ts";
import { lastSequence } from "../../store/tables/events.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { WriterStore } from "../../store/writerStore.ts";
import {
  type ProjectionFailure,
  type ProjectionTools,
  projectNext,
  projectVersions,
  type RecordVersion,
} from "./projectEvents.ts";

/** What one transaction of the projector did. */
export interface Projected {
  tenant: string;
  /** Readers see every event up to this sequence. */
  head: number;
  /** Nodes, keys and identifiers whose answers are outdated, each with the last sequence that changed it. */
  invalidated: [string, number][];
  failures: ProjectionFailure[];
  /** The number under which other processes see what is outdated; null when no other process uses the store. */
  generation: number | null;
}

/** Which tenants this process projects, where several processes use one store. */
export interface Leadership {
  /** The number of this process's leadership; null while another process leads the tenant. */
  epochOf(tenant: string): number | null;
  /** Called when this process has appended to the log of a tenant that another process leads. */
  onAppended(tenant: string, head: number): void;
  /** Called when a write showed that another process leads the tenant. */
  onLost(tenant: string): void;
}

/** Applies appended events to the projections, after they were acknowledged. */
export interface Projector {
  /** Takes over what a durable commit appended. */
  add(tenant: string, appended: Appended): void;
  /** Takes over that the log has events up to `head`, which another process may have appended. */
  addFromLog(tenant: string, head: number): void;
  /** Another process has projected up to `head`. */
  follow(tenant: string, head: number): void;
  /** Since when the oldest event waits, in ms of `performance.now()`; null when none waits. */
  waitingSince(): number | null;
  projectedHead(tenant: string): Promise<number>;
  /** Applies the next events of the tenant that waits longest, in a transaction of its own. @throws when the store fails */
  run(): Promise<void>;
  /** Applies all events of a tenant, if this process projects it. @throws when the store fails */
  catchUp(tenant: string): Promise<void>;
}

export interface Appended {
  /** The last sequence before. */
  previousHead: number;
  head: number;
  /** In the order of their events. */
  versions: readonly RecordVersion[];
}

export interface ProjectorOptions {
  store: WriterStore;
  /** Without it, this process projects every tenant. */
  leadership?: Leadership | undefined;
  keysOf(tenant: string): Promise<TenantKeys>;
  openDataKey(keys: TenantKeys, subject: string, wrappedKey: Buffer): KeyObject;
  onProjected(projected: Projected): void;
}

/** The projector's place in the log is that of a consumer. */
export const consumerName = "projector";

/** The last sequence that is projected. */
export const findProjectedHead = async (store: TenantStore): Promise<number> =>
  (await findConsumerOffset(store, consumerName)) ?? 0;

/** Versions of one transaction. Appends wait for it. */
const batchSize = 64;

/** Versions that a tenant keeps in memory. More are read from the log again. */
const maxBuffered = 300;

interface Backlog {
  projected: number;
  head: number;
  /** The versions after `projected`; null when they have to be read from the log. */
  versions: RecordVersion[] | null;
  since: number;
  /** A transaction failed, and may have been committed all the same: the connection was lost before the answer. */
  isUncertain: boolean;
  /** The number of the last invalidations of this projector. Another number shows that another process has projected. */
  generation: number;
}

/** Of a tenant whose offset is read in the next transaction. */
const unreadBacklog = (): Backlog => ({
  projected: 0,
  head: 0,
  versions: null,
  since: performance.now(),
  isUncertain: true,
  generation: 0,
});

export function createProjector({ store, leadership, keysOf, openDataKey, onProjected }: ProjectorOptions): Projector {
  const backlogs = new Map<string, Backlog>();
  const epochOf = (tenant: string): number | null => leadership?.epochOf(tenant) ?? null;
  const isProjected = (tenant: string): boolean => leadership === undefined || epochOf(tenant) !== null;

  async function backlogOf(tenant: string): Promise<Backlog> {
    const existing = backlogs.get(tenant);
    if (existing) return existing;
    const tenantStore = store.forTenant(tenant);
    const projected = await findProjectedHead(tenantStore);
    const backlog = {
      projected,
      head: await lastSequence(tenantStore),
      versions: null,
      since: performance.now(),
      isUncertain: false,
      generation: 0,
    };
    // Another call may have been faster.
    const current = backlogs.get(tenant) ?? backlog;
    backlogs.set(tenant, current);
    return current;
  }

  const hasEvents = ({ projected, head }: Backlog): boolean => projected < head;

  function longestWaiting(): string | null {
    let tenant: string | null = null;
    let since = Number.POSITIVE_INFINITY;
    for (const [name, backlog] of backlogs) {
      if (!hasEvents(backlog) || backlog.since >= since || !isProjected(name)) continue;
      tenant = name;
      since = backlog.since;
    }
    return tenant;
  }

  async function projectPart(tenant: string, backlog: Backlog): Promise<void> {
    const keys = await keysOf(tenant);
    const openSubjectKey = (subject: string, wrapped: Buffer) => openDataKey(keys, subject, wrapped);
    const tools: ProjectionTools = { store, keys, openSubjectKey };
    const epoch = epochOf(tenant);
    if (!isProjected(tenant)) return;
    await store.begin({ isDurable: false });
    try {
      await store.useTenant(tenant);
      const lastGeneration = epoch === null ? 0 : await store.requireLeader(tenant, epoch, "project");
      if (backlog.isUncertain || lastGeneration !== backlog.generation) await reloadOffset(tenant, backlog);
      const { through, invalidations, failures } = await applyNext(tools, backlog);
      const [, generation] = await Promise.all([
        store.execute(saveConsumerOffset(store.forTenant(tenant), consumerName, through, 0)),
        epoch === null ? null : store.publishInvalidations(tenant, [...invalidations.keys()]),
      ]);
      await store.commit();
      backlog.generation = generation ?? 0;
      backlog.versions = backlog.versions?.filter(({ event }) => event.sequence > through) ?? null;
      backlog.projected = through;
      backlog.since = performance.now();
      if (!hasEvents(backlog)) backlog.versions = [];
      onProjected({ tenant, head: through, invalidated: [...invalidations], failures, generation });
    } catch (error) {
      await store.rollback();
      backlog.isUncertain = true;
      if (error instanceof LeadershipLostError) leadership?.onLost(tenant);
      // It is repeated.
      else if (!isStoreConflict(error)) throw error;
    }
  }

  /** No event is applied twice. */
  async function reloadOffset(tenant: string, backlog: Backlog): Promise<void> {
    backlog.projected = await findProjectedHead(store.forTenant(tenant));
    backlog.versions = null;
    backlog.isUncertain = false;
  }

  async function applyNext(tools: ProjectionTools, { projected, head, versions }: Backlog) {
    if (versions) {
      const part = versions.slice(0, batchSize);
      const through = part.length < versions.length ? (part.at(-1)?.event.sequence ?? head) : head;
      return { ...(await projectVersions(tools, part)), through };
    }
    return (
      (await projectNext(tools, projected, batchSize)) ?? {
        through: Math.max(projected, head),
        invalidations: new Map(),
        failures: [],
      }
    );
  }

  return {
    add(tenant, { previousHead, head, versions }) {
      if (!isProjected(tenant)) return leadership?.onAppended(tenant, head);
      const backlog = backlogs.get(tenant);
      // It was loaded before its head was read for the append.
      if (!backlog) throw new Error(`the projector has not read the head of tenant ${tenant}`);
      if (!hasEvents(backlog)) backlog.since = performance.now();
      // Another process may have appended in between.
      if (backlog.head !== previousHead) backlog.versions = null;
      backlog.head = Math.max(backlog.head, head);
      if (backlog.versions && backlog.versions.length + versions.length <= maxBuffered) backlog.versions.push(...versions);
      else backlog.versions = null;
    },

    addFromLog(tenant, head) {
      const backlog = backlogs.get(tenant) ?? unreadBacklog();
      backlogs.set(tenant, backlog);
      if (head <= backlog.head) return;
      if (!hasEvents(backlog)) backlog.since = performance.now();
      backlog.head = head;
      backlog.versions = null;
    },

    follow(tenant, head) {
      const backlog = backlogs.get(tenant);
      if (!backlog || isProjected(tenant)) return;
      backlog.projected = Math.max(backlog.projected, head);
    },

    waitingSince() {
      const tenant = longestWaiting();
      return tenant === null ? null : (backlogs.get(tenant)?.since ?? null);
    },

    projectedHead: async (tenant) => (await backlogOf(tenant)).projected,

    async run() {
      const tenant = longestWaiting();
      const backlog = tenant === null ? undefined : backlogs.get(tenant);
      if (tenant !== null && backlog) await projectPart(tenant, backlog);
    },

    async catchUp(tenant) {
      const backlog = await backlogOf(tenant);
      while (isProjected(tenant) && hasEvents(backlog)) await projectPart(tenant, backlog);
    },
  };
}
