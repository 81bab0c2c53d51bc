import type { z } from "zod";
import type { EventInput, RecordInput } from "./records.ts";

/** One request of a platform to us, as its bytes came. */
export interface Delivery {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** Address of the sender as the nearest proxy that we trust tells it; null when unknown. */
  from: string | null;
  /** Epoch ms. */
  receivedAt: number;
}

/**
 * One form in which a platform sends us what happened. A platform may have several. Nothing here writes: the hub appends what
 * {@link Inlet.read} yields and only then has it acknowledged.
 */
export interface Inlet<Options = unknown> {
  /** The webhook's own part of the configuration, beside `kind`, `token` and `allowFrom`. */
  options: z.ZodType<Options>;
  /** No larger body is read. */
  mostBytes: number;
  /** True when the bytes come from whom they say. Constant in time, and never throws for what a sender wrote. */
  authenticate(delivery: Delivery, options: Options, tools: InletTools): Promise<boolean>;
  /** What the bytes say. A message that can't be used is told as such: what is authentic is kept, never refused. */
  read(delivery: Delivery, options: Options, tools: InletTools): Promise<Message[]>;
  /** The answer once everything is durable, as the platform demands it. */
  acknowledge(delivery: Delivery, result: Received): Answer;
}

export interface InletTools {
  tenant: string;
  connection: string;
  /** The connection's settings, read by the platform's own schema. */
  settings: unknown;
  now(): number;
  /** Resolves a secret by its name in the configuration; a moment old at most. */
  secret(name: string): Promise<string>;
  /** Current records by ref. */
  current(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
}

export type Message =
  | {
      kind: "event";
      event: EventInput;
      /** Refs worth asking the platform for, since the message doesn't hold all we keep of them. */
      fetch?: string[];
    }
  | { kind: "unusable"; reason: QuarantineReason; detail: string };

/** Why an authentic message could not be used. */
export type QuarantineReason = "unknown_type" | "unreadable" | "wrong_account" | "gap";

/** What became of one delivery. Ids in the order of its messages. */
export interface Received {
  accepted: number;
  duplicates: number;
  quarantined: number;
  eventIds: string[];
}

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

export const jsonAnswer = (status: number, body: unknown): Answer => ({
  status,
  contentType: "application/json",
  body: JSON.stringify(body),
});
