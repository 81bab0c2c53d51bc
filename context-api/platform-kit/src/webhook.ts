import type { EventInput, RecordInput, RecordKind } from "@sidelight/model/records.ts";
import type { z } from "zod";

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
  /** The body without what must not be kept, where something stands in it that has to be used at once or never. */
  redact?(body: Buffer): Buffer;
  /** Deliveries of one name are read and kept one after another: for those whose meaning hangs on what came before. */
  serialiseBy?(delivery: Delivery): string | null;
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
  /** Which of these refs the store knows. */
  knows(refs: string[]): Promise<ReadonlySet<string>>;
  /** Current records by ref. */
  current(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
  /** Reads a ref that somebody else wrote; null when it names no object of a platform that the tenant has connected. */
  objectRef(text: string): { ref: string; kind: RecordKind } | null;
  /** A keyed hash, URL-safe: the same for the same text, and nothing to be guessed from it. */
  pseudonym(text: string): string;
  lists: Lists;
}

/** What is remembered of lists of members, which a platform sends in pages: a list is a ref, and so is a member. */
export interface Lists {
  /** What has come of one sending, and the orders of the newest one and of the newest that told of everybody; 0 when there is none. */
  told(list: string, name: string): Promise<{ sending: Sending | null; newest: number; covered: number }>;
  /** The order of the last sending that named each; those that none named are left out. */
  lastNamed(members: string[]): Promise<Map<string, number>>;
  /** Records that are `member_of` the list, and that no sending of this order or a later one has named. */
  notNamedSince(list: string, order: number): Promise<{ ref: string; data: RecordInput["data"] }[]>;
}

/** One thing that a platform says of a list, in one page or several. */
export interface Sending {
  /** Larger for what began later. */
  order: number;
  /** Numbers of the pages that have come. */
  pages: number[];
  total: number;
  /** Whoever it didn't name is no member: true once the last page of a whole list has come. */
  covers: boolean;
}

export type Message =
  | {
      kind: "event";
      event: EventInput;
      /** Refs worth asking the platform for, since the message doesn't hold all we keep of them. */
      fetch?: string[];
      /** Other records that it tells of. They are there before the event is. */
      also?: RecordInput[];
    }
  /** What is to be remembered of a list from now on. */
  | { kind: "list"; list: string; name: string; sending: Sending; named: string[] }
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
