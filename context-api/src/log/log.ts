import { identifierHash, recordKey, type TenantKeys } from "../security/keyring.ts";
import type { TenantStore } from "../store/store.ts";
import type { WriterClient } from "./writer/client.ts";
import type { CommitRequest, Committed } from "./writer/protocol.ts";

/** One tenant's log: the only way in for anything that is later read. */
export interface TenantLog {
  tenant: string;
  store: TenantStore;
  /**
   * Appends what changed, in order, in one durable commit with the given side statements.
   * @throws when the store is lost; nothing of the request is kept then
   */
  commit(input: CommitInput): Promise<Committed>;
  /** Told whenever anything was touched or appended. @returns ends it */
  onTouch(listener: () => void): () => void;
  /** The last sequence this process knows to be readable. */
  head(): number;
  /** The sequence that last touched a node, key, identifier or other named dependency in this process; 0 when none did. */
  touched(dependency: string): number;
  /** Marks answers that depend on `dependency` as old without an event: a connection that failed or recovered. */
  touch(dependency: string): void;
  /** Changes whenever anything was touched. */
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

const nothing = { events: [], records: [], quarantine: [], statements: [], isBackfill: false, stages: null };

export function openLog({ writer, store, keys, head, now }: LogOptions): TenantLog {
  const { tenant } = keys;
  let last = head;
  // Counts commits and touches of this process: answers compare it, so a touch without an event counts too.
  let generation = 1;
  const touchedAt = new Map<string, number>();
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };

  return {
    tenant,
    store,
    keys,
    head: () => last,
    generation: () => generation,
    touched: (dependency) => touchedAt.get(dependency) ?? 0,
    touch(dependency) {
      generation += 1;
      touchedAt.set(dependency, generation);
      tell();
    },
    key: (ref) => recordKey(keys, ref),
    identifier: (kind, value) => identifierHash(keys, kind, value),
    onTouch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async commit(input) {
      const committed = await writer.send({ ...nothing, receivedAt: now(), ...input, kind: "commit", tenant });
      last = Math.max(last, committed.head);
      if (committed.bumped.length > 0) {
        generation += 1;
        for (const [dependency] of committed.bumped) touchedAt.set(dependency, generation);
      }
      // An event that changed no record is news all the same, for whoever follows the log.
      if (committed.bumped.length > 0 || committed.events.some((e) => !e.isDuplicate)) tell();
      return committed;
    },
  };
}
