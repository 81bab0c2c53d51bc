import type { KeyObject } from "node:crypto";
import type { EventInput, RecordInput } from "@sidelight/model/records.ts";
import type { Statement } from "../../store/statement.ts";

export type WriterRequest =
  | { kind: "ensureTenant"; tenant: string; now: number }
  | CommitRequest
  | { kind: "rebuild"; tenant: string }
  | { kind: "rotateTenant"; tenant: string }
  | { kind: "rotateMaster"; tenant: string; to: KeyObject }
  | { kind: "prune"; tenant: string; before: number; quarantineBefore?: number; now: number };

export interface CommitRequest {
  kind: "commit";
  tenant: string;
  events: EventInput[];
  records: RecordInput[];
  quarantine: QuarantineInput[];
  statements: Statement[];
  receivedAt: number;
  correlationId: string;
  isBackfill: boolean;
  /** When events that were sent to us were authenticated and parsed, epoch ms; null for what we fetched. */
  stages: Stages | null;
}

export interface Stages {
  authenticatedAt: number;
  parsedAt: number;
  /** `Date.now()` at parsing: the writer's thread has no other clock in common with whoever asks. */
  wall: number;
}

/** An authentic message that could not be used, with the delivery that it came in. */
export interface QuarantineInput {
  id: string;
  connection: string;
  platform: string;
  webhook: string;
  reason: string;
  detail: string;
  delivery: string;
}

export interface AppendedEvent {
  /** For a duplicate, the id of the event it repeats. */
  eventId: string;
  isDuplicate: boolean;
}

/** What a durable commit did. */
export interface Committed {
  /** The tenant's last sequence. */
  head: number;
  /** Events appended; for a pruning, events pruned; for a rotation, keys wrapped anew. */
  appended: number;
  unchanged: number;
  /** Nodes, keys and identifiers touched, with the sequence that touched them last. */
  bumped: [string, number][];
  /** What became of the events, in their order. */
  events: AppendedEvent[];
}

export type WriterMessage = { id: number; request: WriterRequest };
export type WriterReply = { id: number; result: Committed } | { id: number; error: string };

export interface WriterOptions {
  file: string;
  masterKey: KeyObject;
}
