import { identifierHash, recordKey, type TenantKeys } from "../security/keyring.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import type { WriterClient } from "./writer/client.ts";
import type { CommitRequest, Committed } from "./writer/protocol.ts";

/** One tenant's log. Everything that is read later enters through it. */
export interface TenantLog {
  tenant: string;
  store: TenantStore;
  /**
   * Appends what changed, in order, in one durable commit with the given statements.
   * @throws {StoreLostError} or {@link WriteFailedError}; nothing of the request was written then
   */
  commit(input: CommitInput): Promise<Committed>;
  /** Calls the listener whenever something was invalidated or appended. @returns unsubscribes it */
  onInvalidated(listener: () => void): () => void;
  /** The last sequence that this process knows to be readable. */
  head(): number;
  /** The generation in which a node, key, identifier or other dependency was last invalidated by this process; 0 for never. */
  invalidatedAt(dependency: string): number;
  /** Outdates answers that depend on `dependency` without an event: a connection that failed or recovered. */
  invalidate(dependency: string): void;
  /** Grows whenever something is invalidated. */
  generation(): number;
  key(ref: string): string;
  identifier(kind: string, value: string): string;
  keys: TenantKeys;
}

export type CommitInput = Pick<CommitRequest, "correlationId"> &
  Partial<Pick<CommitRequest, "events" | "records" | "quarantine" | "statements" | "isBackfill" | "stages" | "receivedAt">>;

export interface LogOptions {
  writer: WriterClient;
  store: TenantStore;
  keys: TenantKeys;
  head: number;
  now(): number;
}

const emptyCommit = { events: [], records: [], quarantine: [], statements: [], isBackfill: false, stages: null };

export function openLog({ writer, store, keys, head, now }: LogOptions): TenantLog {
  const { tenant } = keys;
  let lastSequence = head;
  // Counts commits and invalidations of this process. Answers compare it, so an invalidation without an event counts too.
  let generation = 1;
  const invalidations = new Map<string, number>();
  const listeners = new Set<() => void>();
  const notifyListeners = () => {
    for (const listener of listeners) listener();
  };

  return {
    tenant,
    store,
    keys,
    head: () => lastSequence,
    generation: () => generation,
    invalidatedAt: (dependency) => invalidations.get(dependency) ?? 0,
    invalidate(dependency) {
      generation += 1;
      invalidations.set(dependency, generation);
      notifyListeners();
    },
    key: (ref) => recordKey(keys, ref),
    identifier: (kind, value) => identifierHash(keys, kind, value),
    onInvalidated(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async commit(input) {
      const result = await writer.send({ ...emptyCommit, receivedAt: now(), ...input, kind: "commit", tenant });
      lastSequence = Math.max(lastSequence, result.head);
      if (result.invalidated.length > 0) {
        generation += 1;
        for (const [dependency] of result.invalidated) invalidations.set(dependency, generation);
      }
      // Consumers handle events that changed no record, too.
      if (result.invalidated.length > 0 || result.events.some((e) => !e.isDuplicate)) notifyListeners();
      return result;
    },
  };
}
