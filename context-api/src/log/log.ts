import { randomUUID } from "node:crypto";
import { identifierHash, recordKey, type TenantKeys } from "../security/keyring.ts";
import { changesApiKeys } from "../store/apiKeys.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { type ChangedRecord, changedRecordOf, isChangeMarker } from "./projections/changedRecords.ts";
import { findProjectedHead } from "./projections/projector.ts";
import type { FollowedChanges, WriterClient } from "./writer/client.ts";
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
  onInvalidated(listener: (change: Invalidation) => void): () => void;
  /** Calls the listeners of a topic in all processes. Others may miss it. */
  announce(topic: string): void;
  /** @returns unsubscribes the listener */
  onAnnounced(listener: (topic: string) => void): () => void;
  /** The last sequence that readers see. */
  head(): number;
  /** False while readers do not see everything that this process has appended. */
  isProjected(): boolean;
  /**
   * The generation in which a node, key, identifier or other dependency was last invalidated. One that was not is as old as what this
   * process has read of earlier invalidations.
   */
  invalidatedAt(dependency: string): number;
  /** Outdates answers that depend on `dependency` without an event: a connection that failed or recovered. */
  invalidate(dependency: string): void;
  /** Grows whenever something is invalidated. Processes that share a store count together. */
  generation(): number;
  /** Generations of one lineage can be compared. */
  lineage: string;
  key(ref: string): string;
  identifier(kind: string, value: string): string;
  keys: TenantKeys;
}

/** What answers are outdated. */
export interface Invalidation {
  dependencies: readonly string[];
  /** The records that changed, or moved to another customer. Empty for what was invalidated without an event. */
  changes: readonly ChangedRecord[];
  /** True when all answers are outdated. */
  isEverything: boolean;
  /** The last event that outdated each of the dependencies. Empty where that is not known. */
  sequences: ReadonlyMap<string, number>;
}

export type CommitInput = Pick<CommitRequest, "correlationId"> &
  Partial<
    Pick<CommitRequest, "events" | "records" | "quarantine" | "statements" | "isBackfill" | "stages" | "receivedAt" | "epoch">
  >;

/** How the log of a tenant follows the other processes that use the store. */
export interface LogPeers {
  /** What was outdated before this process opened the log. */
  initial: FollowedChanges;
  announce(topic: string): void;
  publishInvalidation(dependency: string): void;
  /** Calls the listener with the topics that other processes announce. */
  onAnnounced(listener: (topic: string) => void): void;
}

export interface LogOptions {
  writer: WriterClient;
  store: TenantStore;
  keys: TenantKeys;
  head: number;
  now(): number;
  /** Null when this process is the only one that uses the store. */
  peers?: LogPeers | null;
}

/** What remembered callers depend on: the API keys of the tenant. */
export const credentialsDependency = "credentials";

const emptyCommit = { events: [], records: [], quarantine: [], statements: [], isBackfill: false, stages: null };

const noSequences: ReadonlyMap<string, number> = new Map();

/** An invalidation of this process that has no number of all processes yet. */
const localStep = 2 ** -20;

export function openLog({ writer, store, keys, head, now, peers = null }: LogOptions): TenantLog {
  const { tenant } = keys;
  let projectedHead = head;
  let appendedHead = head;
  // Counts projections and invalidations. Answers compare it, so an invalidation without an event counts too.
  let generation = 1;
  const lineage = peers ? "shared" : randomUUID();
  const invalidations = new Map<string, number>();
  /** All answers that were read before this generation are outdated. */
  let oldestValid = 0;
  const listeners = new Set<(change: Invalidation) => void>();
  const announcementListeners = new Set<(topic: string) => void>();
  const waiting = new Set<{ sequence: number; resolve(): void; reject(error: Error): void }>();
  const notifyListeners = (
    dependencies: readonly string[],
    { isEverything = false, sequences = noSequences }: Partial<Pick<Invalidation, "isEverything" | "sequences">> = {},
  ) => {
    const isMarker = dependencies.some(isChangeMarker);
    const change: Invalidation = {
      dependencies: isMarker ? dependencies.filter((dependency) => !isChangeMarker(dependency)) : dependencies,
      changes: isMarker ? dependencies.flatMap((dependency) => changedRecordOf(dependency) ?? []) : [],
      isEverything,
      sequences,
    };
    for (const listener of listeners) listener(change);
  };
  const receiveTopic = (topic: string) => {
    for (const listener of announcementListeners) listener(topic);
  };
  peers?.onAnnounced(receiveTopic);
  if (peers) applyChanges(peers.initial);

  writer.listen({
    onProjected(projected) {
      if (projected.tenant !== tenant) return;
      const dependencies = projected.invalidated.map(([dependency]) => dependency);
      if (projected.generation !== null) generation = Math.max(generation, projected.generation);
      else if (dependencies.length > 0) generation += 1;
      for (const dependency of dependencies) if (!isChangeMarker(dependency)) invalidations.set(dependency, generation);
      advance(projected.head);
      // Consumers handle events that changed no record, too.
      notifyListeners(dependencies, { sequences: new Map(projected.invalidated) });
    },
    onFollowed(changedTenant, changes) {
      if (changedTenant !== tenant) return;
      applyChanges(changes);
      const isEverything = changes.hasGap || changes.invalidations.some(({ dependencies }) => dependencies === null);
      notifyListeners(
        changes.invalidations.flatMap(({ dependencies }) => dependencies ?? []),
        { isEverything },
      );
    },
    onLost(error) {
      for (const { reject } of waiting) reject(error);
      waiting.clear();
    },
    // What was projected when the writer ended was not reported.
    onRecovered() {
      generation += peers ? localStep : 1;
      oldestValid = generation;
      void findProjectedHead(store).then(
        (sequence) => {
          advance(sequence);
          notifyListeners([], { isEverything: true });
        },
        // The store is lost again: the next recovery reads it.
        () => {},
      );
    },
  });

  async function append(input: CommitInput): Promise<Committed> {
    const result = await writer.send({ ...emptyCommit, receivedAt: now(), ...input, kind: "commit", tenant });
    appendedHead = Math.max(appendedHead, result.head);
    if (input.statements?.some(changesApiKeys)) invalidate(credentialsDependency);
    return result;
  }

  function invalidate(dependency: string): void {
    generation += peers ? localStep : 1;
    invalidations.set(dependency, generation);
    notifyListeners([dependency]);
    peers?.publishInvalidation(dependency);
  }

  function advance(sequence: number): void {
    projectedHead = Math.max(projectedHead, sequence);
    appendedHead = Math.max(appendedHead, projectedHead);
    for (const waiter of waiting) {
      if (waiter.sequence > projectedHead) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  function applyChanges(changes: FollowedChanges): void {
    generation = Math.max(generation, changes.generation);
    if (changes.hasGap) oldestValid = Math.max(oldestValid, changes.floor);
    for (const { generation: number, dependencies } of changes.invalidations) {
      if (dependencies === null) oldestValid = Math.max(oldestValid, number);
      for (const dependency of dependencies ?? [])
        if (!isChangeMarker(dependency)) invalidations.set(dependency, Math.max(number, invalidations.get(dependency) ?? 0));
    }
    advance(changes.head);
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
    lineage,
    invalidatedAt: (dependency) => Math.max(oldestValid, invalidations.get(dependency) ?? 0),
    invalidate,
    key: (ref) => recordKey(keys, ref),
    identifier: (kind, value) => identifierHash(keys, kind, value),
    onInvalidated(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    announce(topic) {
      receiveTopic(topic);
      peers?.announce(topic);
    },
    onAnnounced(listener) {
      announcementListeners.add(listener);
      return () => void announcementListeners.delete(listener);
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
