import type { KeyObject } from "node:crypto";
import type { TenantKeys } from "../../security/keyring.ts";
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
}

/** Applies appended events to the projections, after they were acknowledged. */
export interface Projector {
  /** Takes over what a durable commit appended. @param versions in the order of their events */
  add(tenant: string, head: number, versions: readonly RecordVersion[]): void;
  /** Since when the oldest event waits, in ms of `performance.now()`; null when none waits. */
  waitingSince(): number | null;
  projectedHead(tenant: string): Promise<number>;
  /** Applies the next events of the tenant that waits longest, in a transaction of its own. @throws when the store fails */
  run(): Promise<void>;
  /** Applies all events of a tenant. @throws when the store fails */
  catchUp(tenant: string): Promise<void>;
}

export interface ProjectorOptions {
  store: WriterStore;
  keysOf(tenant: string): Promise<TenantKeys>;
  openDataKey(keys: TenantKeys, subject: string, wrappedKey: Buffer): KeyObject;
  onProjected(projected: Projected): void;
}

/** The projector's place in the log is that of a consumer. */
const consumerName = "projector";

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
}

export function createProjector({ store, keysOf, openDataKey, onProjected }: ProjectorOptions): Projector {
  const backlogs = new Map<string, Backlog>();

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
    };
    backlogs.set(tenant, backlog);
    return backlog;
  }

  const hasEvents = ({ projected, head }: Backlog): boolean => projected < head;

  function longestWaiting(): string | null {
    let tenant: string | null = null;
    let since = Number.POSITIVE_INFINITY;
    for (const [name, backlog] of backlogs) {
      if (!hasEvents(backlog) || backlog.since >= since) continue;
      tenant = name;
      since = backlog.since;
    }
    return tenant;
  }

  async function projectPart(tenant: string, backlog: Backlog): Promise<void> {
    const keys = await keysOf(tenant);
    const openSubjectKey = (subject: string, wrapped: Buffer) => openDataKey(keys, subject, wrapped);
    const tools: ProjectionTools = { store, keys, openSubjectKey };
    await store.begin({ isDurable: false });
    try {
      await store.useTenant(tenant);
      if (backlog.isUncertain) await reloadOffset(tenant, backlog);
      const { through, invalidations, failures } = await applyNext(tools, backlog);
      await store.execute(saveConsumerOffset(store.forTenant(tenant), consumerName, through, 0));
      await store.commit();
      backlog.versions = backlog.versions?.filter(({ event }) => event.sequence > through) ?? null;
      backlog.projected = through;
      backlog.since = performance.now();
      if (!hasEvents(backlog)) backlog.versions = [];
      onProjected({ tenant, head: through, invalidated: [...invalidations], failures });
    } catch (error) {
      await store.rollback();
      backlog.isUncertain = true;
      throw error;
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
    return (await projectNext(tools, projected, batchSize)) ?? { through: head, invalidations: new Map(), failures: [] };
  }

  return {
    add(tenant, head, versions) {
      const backlog = backlogs.get(tenant);
      // It was loaded before its head was read for the append.
      if (!backlog) throw new Error(`the projector was not asked for the head of tenant ${tenant}`);
      if (!hasEvents(backlog)) backlog.since = performance.now();
      backlog.head = head;
      if (backlog.versions && backlog.versions.length + versions.length <= maxBuffered) backlog.versions.push(...versions);
      else backlog.versions = null;
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
      while (hasEvents(backlog)) await projectPart(tenant, backlog);
    },
  };
}
