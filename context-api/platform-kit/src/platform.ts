import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { RecordData, RecordInput } from "@sidelight/model/records.ts";
import type { ObjectType } from "@sidelight/model/refs.ts";
import type { z } from "zod";
import type { Action } from "./action.ts";
import type { CallOptions } from "./callOptions.ts";
import type { CardSource } from "./cards.ts";
import type { EventSchema } from "./eventSchema.ts";
import type { FieldMapping, PlatformFields } from "./fieldAccess.ts";
import type { FollowUp, FollowUpAction } from "./followUp.ts";
import type { PanelSignIn } from "./panelSignIn.ts";
import type { Priority, Quota } from "./rateLimit.ts";
import type { SettingsShape } from "./settings.ts";
import type { Message, WebhookSource } from "./webhook.ts";

/**
 * The interface that a platform implements. A new platform is a package that exports one, listed in `main.ts`.
 * Nothing outside the package depends on its name.
 */
export interface Platform<Options = unknown> {
  name: string;
  /** Display name. */
  label: string;
  /** Section that its records fill: `account`, `support`, `product`, or one that the deployment adds. Null: timeline only. */
  section: string | null;
  /** Objects that the section consists of. The section is as old as the oldest of them. */
  sectionObjects: readonly string[];
  /** Ages at which a value stops being fresh and becomes stale, in minutes. A connection may override them. */
  freshness: { freshMinutes: number; staleMinutes: number };
  objects: Record<string, ObjectType>;
  /** What the platform can search by, beside its own ids. It is not asked, nor reported as searched, by anything else. */
  lookupKeys: readonly Exclude<Lookup["by"], "id">[];
  setup: Setup;
  /** Webhook sources by their kind in the configuration. */
  webhooks: Record<string, WebhookSource>;
  /** Schema of a connection's `settings`. */
  options: z.ZodType<Options>;
  /** YAML file with the platform's default routes: those that end at this platform. */
  defaultRoutes?: URL;
  /** Members that the platform's default routes add to `routing.settings`. */
  routingSettings?: SettingsShape;
  /** Paths of routing settings that contain JSONata: `case.when`. */
  expressionSettings?: readonly string[];
  /**
   * Changes that the platform's webhooks report, by object, besides those that a pull finds. `any`: the sender chooses the name.
   * Routes on other types are refused, because they never fire.
   */
  eventTypes?: Readonly<Record<string, readonly string[] | "any">>;
  /** Event types that the settings of a connection's webhooks name. `platform.object.*` for names of the sender's own. */
  configuredEventTypes?(webhooks: readonly Readonly<Record<string, unknown>>[]): string[];
  /** Schemas of the platform's events, besides those that all platforms share. */
  eventSchemas?: readonly EventSchema[];
  /** A complete record by object, with which routes are checked before an event arrives. */
  samples?: Readonly<Record<string, RecordData>>;
  /** `data` of an event with every member that any event of the platform can have. Left out when senders choose them. */
  eventDataSample?: Readonly<Record<string, unknown>>;
  /** Fields of people and companies that Sidelight can keep equal to those of other platforms. Absent when there are none. */
  fields?: PlatformFields;
  /** Rate limits of this connection, by quota name. */
  quotas(options: Options): Record<string, Quota>;
  /** Certificates that the platform signs with, as the settings have them: a PEM, or the name of a secret with one. */
  certificates?(options: Options): readonly string[];
  /** How many events of metered actions may be sent in a month; null for any number. */
  monthlyCap?(options: Options): MonthlyCap | null;
  connect(options: Options, tools: ConnectionTools): Connector;
}

/** Events of a calendar month. */
export interface MonthlyCap {
  limit: number;
  /** The time zone in which the month begins. */
  timeZone: string;
}

/** How an operator sets up a connection: steps on the platform's own pages, and the settings that `connect` asks for. */
export interface Setup {
  steps: readonly string[];
  questions: readonly Question[];
  /** Fields of the account that the platform's default routes fill, if a connector can create them. */
  fields?: {
    /** Member of `routing.settings` that names them: `ticketFields`. */
    setting: string;
    prompt: string;
  };
}

/** Fields of the account that were created, or found, for the default routes. */
export interface CreatedFields {
  /** The value of the routing setting that names them. */
  value: Record<string, unknown>;
  /** Titles of those that were created, and of those that the account had. */
  created: string[];
  found: string[];
}

export interface Question {
  /** Path of the answer in the settings: `auth.clientId`. */
  setting: string;
  prompt: string;
  example: string;
  /** The answer goes to the secret provider; the settings get the name of the secret. */
  isSecret?: boolean;
  /** The secret has several lines: the answer is the path of a file that contains it. */
  isInFile?: boolean;
  /** Valid answers. The first is the default. */
  choices?: readonly [string, ...string[]];
  /** Ask only when an earlier question has this answer. */
  onlyIf?: { setting: string; is: string };
}

/** What a connector gets from the server. It uses no other clock, environment or network defaults. */
export interface ConnectionTools {
  tenant: string;
  connection: string;
  timeZone: string;
  /** The canonical form of addresses, numbers, domains and ids. Records get their identifiers from it. */
  identifiers: Identifiers;
  /** The tenant's fields that this platform keeps, if any. Their values become `fields` of the data of records. */
  fields?: FieldMapping;
  /** Epoch ms, for instants that are stored or compared with those of the platform. */
  now(): number;
  /** Ms since an arbitrary start, for ages and intervals. It never steps. */
  monotonic(): number;
  /** Epoch ms, never later than the platform's clock: for the instant from which the next pull continues. */
  platformNow(): number;
  /** Resolves a secret by its name in the configuration. `fresh` bypasses caches, for a value that was refused. */
  secret(name: string, options?: { fresh?: boolean }): Promise<string>;
  /** Called after every request, for the call log and the metrics. Contains no personal value. */
  onCall(call: PlatformCall): void;
  /** Records the time that the platform reported with an answer, epoch ms. */
  onDate(date: number): void;
  /** Takes one request from a quota. Waits for it, or rejects with QuotaExhaustedError. */
  acquire(priority: Priority, quota: string, signal: AbortSignal, options?: Pick<CallOptions, "onDemand">): Promise<void>;
  /** Part of a quota that is left, 0 to 1. */
  quotaLeft(quota: string): number;
  /** Records the quota that the platform reported. */
  onQuota(quota: string, reported: { limit: number; remaining: number; resetAt: number | null }): void;
}

export interface PlatformCall {
  /** Method and path without parameter values: `GET /api/v2/users/{id}`. */
  route: string;
  /** HTTP status; 0 when there was no response. */
  status: number;
  ms: number;
  bytes: number;
  priority: Priority;
}

/** A search on a platform for a customer that is not in the store. */
export type Lookup = { by: "id"; object: string; id: string } | { by: "email" | "phone" | "domain"; value: string };

export type { CallOptions } from "./callOptions.ts";

/** What a pull starts from. */
export interface PullContext extends CallOptions {
  /** The last committed checkpoint; null for the first backfill. */
  checkpoint: unknown;
  /** A backfill fetches nothing older than this, epoch ms. */
  horizon: number;
  /** Current records by ref, for a stream that adds to stored records. */
  readCurrent(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
}

/** One page of a pull. Its records, checkpoint and coverage are committed in one transaction. */
export interface Page {
  records: RecordInput[];
  checkpoint: unknown;
  /**
   * Set by the last page: the stream is complete up to this instant, epoch ms. Null when the pull is complete but did not see every
   * value that may have changed; then the stored values keep their age.
   */
  coveredUntil?: number | null;
  /** Records that could not be used, by reason. They are counted and stop nothing. */
  passedOver?: Record<string, number>;
  /**
   * Set by the last page of a pull that listed every record of its objects at the source. Stored records that it did not contain are
   * gone there. `startedAt`: when the listing began, epoch ms. `changedSince`: it contained records that changed since then only;
   * null when it contained all. `unreadable`: refs of records that it contained and that could not be used.
   */
  listed?: { startedAt: number; changedSince: number | null; unreadable?: readonly string[] };
}

export interface Stream {
  name: string;
  /** Objects that a complete pull covers. */
  objects: string[];
  /** True when its pages also bring objects that no webhook reports. Webhooks then lengthen its interval less. */
  bringsUnreported?: boolean;
  /** Time between two pulls, ms. */
  intervalMs: number;
  /** The quota that its pulls use. While little of it is left, the interval is longer. */
  quota?: string;
  /** Longest time between two attempts of a failing pull, ms; a minute when left out. For a platform that allows few calls. */
  maxRetryMs?: number;
  /**
   * @throws {PlatformError} `not_found` or `rejected` when the account cannot serve the stream: an object or a permission is missing,
   * or the plan lacks the feature. The stream counts as unavailable then, and is tried rarely.
   */
  pull(context: PullContext): AsyncIterable<Page>;
}

/** A subscription to the platform's own event stream, resumed from its replay position. */
export interface Subscription {
  /** Position after the last ingested message; null for the first subscription. */
  replay: number | null;
  signal: AbortSignal;
  /** Appends messages and the position after them. Resolves once both are durable; request nothing later before that. */
  ingest(messages: Message[], replay: number): Promise<void>;
  /** Reports streams that missed messages, by name. They are pulled at once. */
  onGap(streams: string[]): void;
}

/** Fields and types of the platform's objects in one account. */
export interface Shape {
  /** Object → field → type, as the platform names them. */
  objects: Record<string, Record<string, string>>;
  /** Fields that the mapping reads, as `object.field`. */
  mapped: string[];
  /** Of the platform's API; null where it has none. */
  version: { used: string; newest: string; endsSoon: boolean } | null;
}

/** A live connection to one account. All its methods throw {@link PlatformError} and nothing else. */
export interface Connector {
  /** Onboarding funnel, when the platform counts its steps. */
  funnel?: { name: string; steps: string[] };
  streams: Stream[];
  /** The object or customers that match; may include related records. Empty when there is no match. */
  lookup(lookup: Lookup, options: CallOptions, readCurrent: PullContext["readCurrent"]): Promise<RecordInput[]>;
  /** The objects by ref in as few calls as possible, without those that do not exist. Without it each ref costs one lookup. */
  fetch?(refs: string[], options: CallOptions, readCurrent: PullContext["readCurrent"]): Promise<RecordInput[]>;
  /**
   * Receives events until the signal is aborted. Absent when the settings do not enable it.
   * @throws {PlatformError} when the platform ends the subscription; subscribe again from the last durable position
   */
  subscribe?(subscription: Subscription): Promise<void>;
  /** Fetches what the platform's section shows of these persons or companies again. */
  refetch(refs: string[], options: CallOptions, readCurrent: PullContext["readCurrent"]): Promise<RecordInput[]>;
  /**
   * True when the object's newest change at an instant (epoch ms) was made with this connection's credentials. Called for a message
   * that names only its object, when one of our deliveries wrote to it around that time.
   */
  isOwnChange?(ref: string, instant: number, options: CallOptions): Promise<boolean>;
  /** Sign-in of people to the panel. Absent when the settings do not enable it. */
  signIn?: PanelSignIn;
  /** Cards of a service that the tenant runs. Absent when the settings name none. */
  cards?: CardSource;
  /** Actions by name. */
  actions?: Record<string, Action>;
  /** The action that creates a follow-up of a person in a panel; null where the platform has none for this customer. */
  followUp?(followUp: FollowUp): FollowUpAction | null;
  /** Objects and fields that the mapping names and the account lacked when it was last described: `Account.ARR__c`. Makes no call. */
  missing?(): string[];
  /** Fields that are always read, and that the account hid from our user when it was last described. Makes no call. */
  hidden?(): string[];
  /** Reads fields and types of the account's objects, when the platform reports them. Costs a few calls. */
  shape?(options: CallOptions): Promise<Shape>;
  /** Creates the fields of `setup.fields` that the account lacks. Can be repeated. */
  createFields?(options: CallOptions): Promise<CreatedFields>;
  /** URL of the object in the platform's user interface; null when it has none. */
  link(object: string, id: string): string | null;
  /**
   * Shows that the platform answers, with a call that it does not count. For a platform whose `check` uses a small quota.
   * @throws {PlatformError} when it does not
   */
  reachable?(options: CallOptions): Promise<void>;
  /** Name of the quota that `check` uses, so that it is called as often as that allows; all count when left out. */
  checkQuota?: string;
  /** Signs in and makes the cheapest possible call. */
  check(options: CallOptions): Promise<void>;
  close(): Promise<void>;
}
