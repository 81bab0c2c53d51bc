import type { Identifiers } from "@sidelight/model/identifiers/identifiers.ts";
import type { EventInput, RecordInput, RecordKind } from "@sidelight/model/records.ts";
import type { z } from "zod";

/** One request of a platform to a webhook endpoint, with its raw body. */
export interface WebhookRequest {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** Sender's address as reported by the nearest trusted proxy; null when unknown. */
  from: string | null;
  /** Epoch ms. */
  receivedAt: number;
}

/** The body of a request, for the API's documentation. */
export interface WebhookBody {
  mediaType: string;
  description: string;
  /** Of the whole body as the sender writes it; left out for a format that is not JSON. */
  schema?: z.ZodType;
}

/**
 * One wire format of a platform's events. A platform may have several. A source does not write: ingest appends what
 * {@link WebhookSource.parse} returns, and acknowledges after that.
 */
export interface WebhookSource<Options = unknown> {
  /** Schema of the webhook's own settings, beside `kind`, `token` and `allowFrom`. */
  options: z.ZodType<Options>;
  body: WebhookBody;
  /** Maximum size of a body. */
  maxBytes: number;
  /** Null when the request is authentic, or the part that failed. Takes constant time and never throws for a sender's input. */
  verify(request: WebhookRequest, options: Options, tools: WebhookTools): Promise<VerificationFailure | null>;
  /** A request that {@link WebhookSource.verify} accepts, for `sidelight webhooks test`. Its body is not used. */
  testRequest(options: Options, tools: Pick<WebhookTools, "now" | "secret">): Promise<TestRequest>;
  /** The messages of a verified request. Those that cannot be used are returned as `unusable` and go to quarantine. */
  parse(request: WebhookRequest, options: Options, tools: WebhookTools): Promise<Message[]>;
  /** The body without secrets that must not be stored, for a request that goes to quarantine. */
  redact?(body: Buffer): Buffer;
  /** Requests with the same key are parsed and stored one after another: for formats whose meaning depends on earlier requests. */
  serializeBy?(request: WebhookRequest): string | null;
  /** The response that the platform expects, once all messages are durable. */
  acknowledge(request: WebhookRequest, result: IngestResult): WebhookResponse;
}

/**
 * The part of a request that could not be verified. It is for the log of the operator: the sender gets the same answer for all of them.
 * It never contains a value of the request.
 */
export type VerificationFailure =
  | "sender_address_not_allowed"
  | "secret_unavailable"
  | "signature_missing"
  | "signature_mismatch"
  | "timestamp_invalid"
  | "timestamp_outside_tolerance"
  | "credentials_missing"
  | "credentials_mismatch"
  | "client_certificate_mismatch"
  | "organization_mismatch"
  | "body_unreadable";

/** Header of a request that is verified and acknowledged, but not stored. It is for `sidelight webhooks test`. */
export const testHeader = "x-sidelight-test";

/** A signed request without its URL. */
export interface TestRequest {
  headers: Record<string, string>;
  body: string;
}

export interface WebhookTools {
  tenant: string;
  connection: string;
  /** The connection's settings, parsed by the platform's schema. */
  settings: unknown;
  /** The canonical form of addresses, numbers, domains and ids. Records get their identifiers from it. */
  identifiers: Identifiers;
  now(): number;
  /** Resolves a secret by its name in the configuration. The value may be cached for a short time. */
  secret(name: string): Promise<string>;
  /** Current records by ref. */
  readCurrent(refs: string[]): Promise<Map<string, RecordInput["data"]>>;
  /** Parses a ref of a sender; null when it names no object of a connected platform. */
  objectRef(text: string): { ref: string; kind: RecordKind } | null;
  /** A keyed hash, URL-safe: equal for equal texts, and not reversible. */
  pseudonym(text: string): string;
  lists: MemberLists;
}

/** Stored progress of member lists that a platform exports in pages. A list and a member are refs. */
export interface MemberLists {
  /** One export of the list by name, and the orders of the newest export and of the newest complete one; 0 when there is none. */
  exportState(
    list: string,
    name: string,
  ): Promise<{ listExport: ListExport | null; newestOrder: number; newestCompleteOrder: number }>;
  /** The order of the last export that mentioned each member; members that none mentioned are left out. */
  lastMentionOrder(members: string[]): Promise<Map<string, number>>;
  /** Records that are `member_of` the list and that no export of this order or later mentioned. */
  unmentionedSince(list: string, order: number): Promise<{ ref: string; data: RecordInput["data"] }[]>;
}

/** One export of a list, in one page or several. */
export interface ListExport {
  /** An export that began later has a larger order. */
  order: number;
  /** Numbers of the pages that have arrived. */
  pages: number[];
  total: number;
  /** True once the last page of a full list has arrived. Records that it did not mention are no members then. */
  isComplete: boolean;
}

export type Message =
  | {
      kind: "event";
      event: EventInput;
      /** Refs to fetch from the platform, because the message does not contain all that we store of them. */
      refsToFetch?: string[];
      /** Refs to fetch unless the store contains them. */
      refsToFetchIfAbsent?: string[];
      /** Other records that the message contains. They are stored before the event. */
      relatedRecords?: RecordInput[];
    }
  /** New progress of a list export. */
  | { kind: "list"; list: string; name: string; listExport: ListExport; members: string[] }
  | { kind: "unusable"; reason: QuarantineReason; detail: string };

/** Why a verified message could not be used. */
export type QuarantineReason = "unknown_type" | "unreadable" | "wrong_account" | "gap" | "out_of_bounds";

/** Reads each item of a list on its own, so that one that fails does not take the others with it. */
export function readEach<T>(items: readonly T[], read: (item: T, index: number) => Message): Message[] {
  return items.map((item, index) => {
    try {
      return read(item, index);
    } catch {
      return { kind: "unusable", reason: "unreadable", detail: `Sidelight failed to read the item ${index}` };
    }
  });
}

/** Result of one request. Event ids are in the order of its messages. */
export interface IngestResult {
  accepted: number;
  duplicates: number;
  quarantined: number;
  eventIds: string[];
}

export interface WebhookResponse {
  status: number;
  contentType: string;
  body: string;
}

export const jsonResponse = (status: number, body: unknown): WebhookResponse => ({
  status,
  contentType: "application/json",
  body: JSON.stringify(body),
});
