import type { RecordInput } from "@sidelight/model/records.ts";
import type { ObjectType } from "@sidelight/model/refs.ts";
import type { z } from "zod";
import type { Action } from "./action.ts";
import type { Lane, Pool } from "./rateLimit.ts";
import type { Inlet, Message } from "./webhook.ts";

/** Sections that a platform can own. Health, timeline and notes are made by us. */
export type PlatformSection = "account" | "support" | "product";

/**
 * What a platform is to the rest of the house. A new platform is a folder that exports one of these; `main.ts` hands it in.
 * Nothing outside that folder knows its name.
 */
export interface Platform<Options = unknown> {
  name: string;
  /** As a person would write it. */
  label: string;
  /** Null for one whose records show in the timeline alone. */
  section: PlatformSection | null;
  /** Objects that the section is made of: it is as old as the oldest of them. */
  sectionObjects: readonly string[];
  /** How long a value counts as fresh, and from when it is stale, in minutes; connections may say otherwise. */
  freshness: { freshMinutes: number; staleMinutes: number };
  objects: Record<string, ObjectType>;
  /** What it can be asked by, beside its own ids. By anything else it isn't asked, and isn't said to know nobody. */
  finds: readonly Exclude<Lookup["by"], "id">[];
  setup: Setup;
  /** Forms in which it sends us what happened, by their kind in the configuration. */
  webhooks: Record<string, Inlet>;
  /** The connection's own part of the configuration. */
  options: z.ZodType<Options>;
  /** What the platform allows this connection. */
  pools(options: Options): Record<string, Pool>;
  connect(options: Options, tools: ConnectionTools): Connector;
}

/** How an operator makes a connection: what to click on the platform's own pages, and what to tell us of it. */
export interface Setup {
  steps: readonly string[];
  questions: readonly Question[];
}

export interface Question {
  /** Where the answer stands in the settings: `auth.clientId`. */
  setting: string;
  ask: string;
  example: string;
  /** The answer is a secret: it goes to the secret provider, and its name into the settings. */
  isSecret?: boolean;
  /** The secret is longer than a line: the answer is the path of a file that holds it. */
  isInFile?: boolean;
  /** The answers there are; the first where nothing is said. */
  choices?: readonly [string, ...string[]];
  /** Asked only where the answer to an earlier question is this. */
  onlyIf?: { setting: string; is: string };
}

/** What a connector is given. It never reads the clock, the network defaults or the environment by itself. */
export interface ConnectionTools {
  tenant: string;
  connection: string;
  timeZone: string;
  now(): number;
  /** Resolves a secret by the name that stands in the configuration; past every memory when the one known was refused. */
  secret(name: string, options?: { fresh?: boolean }): Promise<string>;
  /** Told of every request: for the call log and the metrics. Never holds a personal value. */
  onCall(call: PlatformCall): void;
  /** Waits for, or is refused, a place in the connection's budget. */
  admit(lane: Lane, pool: string, signal: AbortSignal): Promise<void>;
  /** What the platform said of its own allowance. */
  onAllowance(pool: string, allowance: { limit: number; remaining: number; resetAt: number | null }): void;
}

export interface PlatformCall {
  /** The route with its parameters left out: `GET /api/v2/users/{id}`. */
  route: string;
  /** HTTP status; 0 when no answer came. */
  status: number;
  ms: number;
  bytes: number;
  lane: Lane;
}

/** How to ask a platform for a customer that the store doesn't know. */
export type Lookup = { by: "id"; object: string; id: string } | { by: "email" | "phone" | "domain"; value: string };

export interface CallOptions {
  lane: Lane;
  signal: AbortSignal;
}

/** Stored product use so far, for a platform whose events we count ourselves. */
export interface PullContext extends CallOptions {
  /** Where the last pull ended; null for the first backfill. */
  checkpoint: unknown;
  /** Nothing older than this instant is fetched by a backfill, epoch ms. */
  horizon: number;
  /** Current records by ref, for a stream that adds to what is there. */
  current(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
}

/** One page of a pull. Records, checkpoint and coverage are committed together, or not at all. */
export interface Page {
  records: RecordInput[];
  checkpoint: unknown;
  /** Set by the last page: everything of this stream up to this instant is held, epoch ms. */
  coveredUntil?: number;
}

export interface Stream {
  name: string;
  /** Objects whose records it vouches for once complete. */
  objects: string[];
  /** Pause between two pulls. */
  everyMs: number;
  pull(context: PullContext): AsyncIterable<Page>;
}

/** What a platform tells of by itself for as long as somebody listens, from a position that it counts. */
export interface Subscription {
  /** Where the last one ended; null for the first. */
  replay: number | null;
  signal: AbortSignal;
  /** Resolves once all of it is durable, with the position after it: nothing later may be asked for before. Rejects when it isn't. */
  deliver(messages: Message[], replay: number): Promise<void>;
  /** Told of streams of which something was missed, by their names: they are pulled at once. */
  missed(streams: string[]): void;
}

/** The form that a platform's objects have in one account. */
export interface Shape {
  /** Object → field → type, in the platform's own words. */
  objects: Record<string, Record<string, string>>;
  /** Fields that the mapping reads, as `object.field`. */
  mapped: string[];
  /** Of the platform's API; null where it has none. */
  version: { used: string; newest: string; endsSoon: boolean } | null;
}

/** A live connection to one account. All its methods throw {@link PlatformError} and nothing else. */
export interface Connector {
  /** The steps that a new customer is led through, where the platform counts them. */
  funnel?: { name: string; steps: string[] };
  streams: Stream[];
  /** The object, or whoever is meant; what it points at may come along, or be fetched by {@link refetch}. Empty when unknown. */
  lookup(lookup: Lookup, options: CallOptions, current: PullContext["current"]): Promise<RecordInput[]>;
  /** The objects themselves, as few calls as it takes; those that are gone are left out. One lookup each where it is left out. */
  fetch?(refs: string[], options: CallOptions, current: PullContext["current"]): Promise<RecordInput[]>;
  /**
   * Listens until the signal is aborted. Where settings don't ask for it, it is left out.
   * @throws {PlatformError} when the platform ended it; whoever asked may ask again, from the last position that is durable
   */
  subscribe?(subscription: Subscription): Promise<void>;
  /** Fetches anew what the platform's section shows for these records of its own (persons or companies). */
  refetch(refs: string[], options: CallOptions, current: PullContext["current"]): Promise<RecordInput[]>;
  /** What can be done at the platform, by name. */
  actions?: Record<string, Action>;
  /** Asks what form the account's objects have, where the platform tells. A few calls. */
  shape?(options: CallOptions): Promise<Shape>;
  /** The object in the platform's user interface. */
  link(object: string, id: string): string | null;
  /** Signs in and makes the cheapest call there is. */
  check(options: CallOptions): Promise<void>;
  close(): Promise<void>;
}
