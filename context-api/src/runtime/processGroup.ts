import { randomUUID } from "node:crypto";
import type { LogPeers } from "../log/log.ts";
import { followProjections, type ProjectionFollower } from "../log/projections/followProjections.ts";
import type { Leadership } from "../log/projections/projector.ts";
import type { WriterClient } from "../log/writer/client.ts";
import { type Coordination, type CoordinationTiming, defaultTiming } from "../store/coordination.ts";
import type { SharedStore } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";

/** That this process leads a tenant. The epoch is null for a store that one process uses. */
export interface Lead {
  epoch: number | null;
}

export interface LeadListener {
  onLeading(tenant: string, lead: Lead): void;
  onFollowing(tenant: string): void;
}

/** The processes that use one store: which of them leads which tenant, and what they tell each other. */
export interface ProcessGroup {
  /** For the writer: which tenants it projects. */
  leadership: Leadership;
  /** Null while another process leads the tenant. */
  leadOf(tenant: string): Lead | null;
  /** Null for a store that one process uses. */
  peersOf(tenant: string): Promise<LogPeers | null>;
  /** Reports changes from now on. */
  listen(listener: LeadListener): void;
  /** Takes part from now on. Resolves when the first election is over. */
  join(shared: SharedStore | null, writer: WriterClient): Promise<void>;
  /** Gives up all leadership for good. */
  resign(): Promise<void>;
  close(): Promise<void>;
}

export interface ProcessGroupOptions {
  tenants: readonly string[];
  /** False for a command, which may run beside another one that has locked the database. */
  isServing: boolean;
  /** True makes this process a candidate for the leadership of its tenants. */
  isCandidate: boolean;
  timing?: CoordinationTiming | undefined;
  logger: Logger;
}

export function createProcessGroup(options: ProcessGroupOptions): ProcessGroup {
  const { tenants, isServing, isCandidate, timing = defaultTiming, logger } = options;
  const topicListeners = new Map<string, (topic: string) => void>();
  let coordination: Coordination | null = null;
  let projections: ProjectionFollower | null = null;
  let leadListener: LeadListener = { onLeading() {}, onFollowing() {} };
  let isAlone = false;

  async function joinOthers(shared: SharedStore, writer: WriterClient): Promise<void> {
    projections = followProjections(shared, writer);
    coordination = await shared.coordinate({
      process: randomUUID(),
      tenants,
      isServing,
      isCandidate,
      timing,
      listener: {
        onLeading(tenant, epoch) {
          logger.info({ tenant, epoch }, "this process leads the tenant");
          writer.addFromLog(tenant, 0);
          leadListener.onLeading(tenant, { epoch });
        },
        onFollowing(tenant) {
          logger.info({ tenant }, "this process does not lead the tenant any more");
          leadListener.onFollowing(tenant);
        },
        onAppended: writer.addFromLog,
        onProjected: (tenant, generation) => projections?.onProjected(tenant, generation),
        onAnnounced: (tenant, topic) => topicListeners.get(tenant)?.(topic),
        onDisconnected: (error) =>
          logger.warn({ err: error }, "the connection to the other processes was lost; connecting again"),
      },
    });
  }

  return {
    leadership: {
      epochOf: (tenant) => coordination?.epochOf(tenant) ?? null,
      onAppended: (tenant, head) => coordination?.publishHead(tenant, head),
      onLost: (tenant) => coordination?.recheck(tenant),
    },
    leadOf(tenant) {
      if (isAlone) return { epoch: null };
      const epoch = coordination?.epochOf(tenant) ?? null;
      return epoch === null ? null : { epoch };
    },
    async peersOf(tenant) {
      if (!projections) return null;
      return {
        initial: await projections.start(tenant),
        announce: (topic) => coordination?.announce(tenant, topic),
        publishInvalidation: (dependency) => coordination?.publishInvalidation(tenant, dependency),
        onAnnounced: (listener) => void topicListeners.set(tenant, listener),
      };
    },
    listen(listener) {
      leadListener = listener;
    },
    async join(shared, writer) {
      if (shared) await joinOthers(shared, writer);
      else isAlone = isServing;
    },
    async resign() {
      await coordination?.resign();
    },
    async close() {
      await coordination?.close();
    },
  };
}
