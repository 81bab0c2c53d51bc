import type { KeyObject } from "node:crypto";
import type { EventInput, RecordInput } from "@sidelight/model/records.ts";
import type { PostgresOptions } from "../../store/postgres/connection.ts";
import type { Statement } from "../../store/statement.ts";
import type { Leadership, Projected } from "../projections/projector.ts";
import type { SerializedError } from "./errors.ts";

/** Instants are epoch ms. */
export type WriterRequest =
  | { kind: "ensureTenant"; tenant: string; now: number }
  /** Makes a write durable that changes nothing, to see whether the store can be written. */
  | { kind: "probe" }
  | CommitRequest
  /** @see {@link CommitRequest.epoch} */
  | { kind: "rebuild"; tenant: string; epoch?: number | null }
  | { kind: "rotateTenant"; tenant: string }
  | { kind: "rotateMaster"; tenant: string; to: KeyObject }
  | {
      kind: "prune";
      tenant: string;
      cutoff: number;
      quarantineCutoff?: number;
      now: number;
      maxGapMs?: number | null;
      epoch?: number | null;
    };

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
  /** When the events were verified and parsed; null for what we fetched. */
  stages: Stages | null;
  /** Set for a commit of the tenant's leader: it is refused when another process leads the tenant. */
  epoch?: number | null;
}

export interface Stages {
  verifiedAt: number;
  parsedAt: number;
  /** `Date.now()` at parsing. The writer's thread shares no other clock with the sender. */
  wall: number;
}

/** A verified message that could not be used, with the request that carried it. */
export interface QuarantineInput {
  id: string;
  connection: string;
  platform: string;
  webhook: string;
  reason: string;
  detail: string;
  request: string;
}

export interface AppendedEvent {
  /** For a duplicate, the id of the event it repeats. */
  eventId: string;
  isDuplicate: boolean;
}

/** What a durable commit did. */
export interface Committed {
  /** The tenant's last sequence. Readers see it when it is projected. */
  head: number;
  /** Events appended; for a pruning, events pruned; for a rotation, keys wrapped. */
  appended: number;
  unchanged: number;
  /** The outcome of each event, in their order. */
  events: AppendedEvent[];
  /** How many rows each statement changed, in their order; left out without statements. */
  changes?: readonly number[];
}

export type WriterMessage = { id: number; request: WriterRequest };
export type WriterReply = { id: number; result: Committed } | { id: number; error: SerializedError };
/** What the thread reports beside its replies: that it is open, that events were projected, that the store fails, or why it has to end. */
export type WriterNotice =
  | { kind: "open" }
  | ({ kind: "projected" } & Projected)
  | { kind: "lost"; error: SerializedError }
  | { kind: "failed"; error: SerializedError };

/** The embedded store, or PostgreSQL. */
export type WriterOptions = FileWriterOptions | PostgresWriterOptions;

export interface FileWriterOptions {
  file: string;
  masterKey: KeyObject;
  /** True when the writer is started again: a file that is missing then is a fault, not a new store. */
  mustExist?: boolean;
}

export interface PostgresWriterOptions {
  postgres: Pick<PostgresOptions, "url" | "statementTimeoutMs">;
  masterKey: KeyObject;
  /** Without it, this process is the only one that uses the database. */
  leadership?: Leadership;
}
