import { identifierHash, recordKey, type TenantKeys } from "../security/keyring.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { findProjectedHead } from "./projections/projector.ts";
import type { WriterClient } from "./writer/client.ts";
import { StoreLostError } from "./writer/errors.ts";
import type { CommitRequest, Committed } from "./writer/protocol.ts";

/** One tenant's log. Everything that is read later enters through it. */
export interface TenantLog {
  tenant: string;
  store: TenantStore;
  /**
   * Appends what changed, in order, in one durable commit with the given statements. Readers see it within milliseconds.
   * @throws {StoreLostError} or {@link WriteFailedError}; nothing of the request was written then
   */
  append(input: CommitInput): Promise<Committed>;
  /**
   * Appends like {@link TenantLog.append}, and waits until readers see it.
   * @throws {StoreLostError} also when the store was lost after the append: what was appended is then read later
   */
  commit(input: CommitInput): Promise<Committed>;
  /**
   * Resolves when readers see everything that this process has appended so far, or everything up to `sequence`.
   * @throws {StoreLostError}
   */
  whenProjected(sequence?: number): Promise<void>;
  /** Calls the listener whenever something was invalidated or appended. @returns unsubscribes it */
  onInvalidated(listener: () => void): () => void;
  /** The last sequence that readers see. */
  head(): number;
  /** False while readers do not see everything that this process has appended. */
  isProjected(): boolean;
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
  let projectedHead = head;
  let appendedHead = head;
  // Counts projections and invalidations of this process. Answers compare it, so an invalidation without an event counts too.
  let generation = 1;
  const invalidations = new Map<string, number>();
  /** All answers that were read before this generation are outdated. */
  let oldestValid = 0;
  const listeners = new Set<() => void>();
  const waiting = new Set<{ sequence: number; resolve(): void; reject(error: Error): void }>();
  const notifyListeners = () => {
    for (const listener of listeners) listener();
  };

  writer.listen({
    onProjected(projected) {
      if (projected.tenant !== tenant) return;
      projectedHead = Math.max(projectedHead, projected.head);
      appendedHead = Math.max(appendedHead, projectedHead);
      if (projected.invalidated.length > 0) {
        generation += 1;
        for (const [dependency] of projected.invalidated) invalidations.set(dependency, generation);
      }
      for (const waiter of waiting) {
        if (waiter.sequence > projectedHead) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
      // Consumers handle events that changed no record, too.
      notifyListeners();
    },
    onLost(error) {
      for (const { reject } of waiting) reject(error);
      waiting.clear();
    },
    // What was projected when the writer ended was not reported.
    onRecovered() {
      generation += 1;
      oldestValid = generation;
      void findProjectedHead(store).then(
        (sequence) => {
          projectedHead = Math.max(projectedHead, sequence);
          notifyListeners();
        },
        // The store is lost again: the next recovery reads it.
        () => {},
      );
    },
  });

  async function append(input: CommitInput): Promise<Committed> {
    const result = await writer.send({ ...emptyCommit, receivedAt: now(), ...input, kind: "commit", tenant });
    appendedHead = Math.max(appendedHead, result.head);
    return result;
  }

  async function whenProjected(sequence: number = appendedHead): Promise<void> {
    if (sequence <= projectedHead) return;
    const fault = writer.fault();
    if (fault) throw new StoreLostError("the store was lost before what was appended could be read", undefined, fault);
    await new Promise<void>((resolve, reject) => waiting.add({ sequence, resolve, reject }));
  }

  return {
    tenant,
    store,
    keys,
    head: () => projectedHead,
    // Nothing is projected while the store is lost.
    isProjected: () => appendedHead <= projectedHead || writer.fault() !== null,
    generation: () => generation,
    invalidatedAt: (dependency) => Math.max(oldestValid, invalidations.get(dependency) ?? 0),
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
    append,
    whenProjected,
    async commit(input) {
      const result = await append(input);
      // Statements alone need no projection, and an unchanged record neither.
      const hasAppended = result.appended > 0 || result.events.some((event) => !event.isDuplicate);
      if (hasAppended) await whenProjected(result.head);
      return result;
    },
  };
}
