import type { KeyObject } from "node:crypto";
import type { RecordInput } from "../../platforms/records.ts";
import type { Statement } from "../../store/statement.ts";

export type WriterRequest =
  | { kind: "ensureTenant"; tenant: string; now: number }
  | { kind: "commit"; tenant: string; records: RecordInput[]; statements: Statement[]; receivedAt: number; correlationId: string }
  | { kind: "rebuild"; tenant: string }
  | { kind: "rotateTenant"; tenant: string }
  | { kind: "rotateMaster"; tenant: string; to: KeyObject }
  | { kind: "prune"; tenant: string; before: number; now: number };

/** What a durable commit did. */
export interface Committed {
  /** The tenant's last sequence. */
  head: number;
  /** Events appended; for a pruning, events pruned; for a rotation, keys wrapped anew. */
  appended: number;
  unchanged: number;
  /** Nodes, keys and identifiers touched, with the sequence that touched them last. */
  bumped: [string, number][];
}

export type WriterMessage = { id: number; request: WriterRequest };
export type WriterReply = { id: number; result: Committed } | { id: number; error: string };

export interface WriterOptions {
  file: string;
  masterKey: KeyObject;
}
