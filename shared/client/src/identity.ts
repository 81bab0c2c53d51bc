import type {
  DismissRequest,
  IdentityChange,
  LinkRequest,
  MergeRequest,
  SplitRequest,
  UndoRequest,
  UnlinkRequest,
} from "@sidelight/contracts/identity/changes.ts";
import type { CheckRequest, CheckResult } from "@sidelight/contracts/identity/check.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import type { Strike, Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { type Page, pageFrom } from "./lists.ts";
import type { CallOptions, Sender } from "./send.ts";

export interface SuggestionOptions extends CallOptions {
  limit?: number;
  cursor?: string;
  state?: Suggestion["state"];
  kind?: Suggestion["kind"];
  /** 0 to 1. */
  minConfidence?: number;
}

export interface ChangeOptions extends CallOptions {
  /** Makes a second attempt harmless: the same key with the same body gives the same answer. */
  idempotencyKey?: string;
}

export function identityOperations({ send }: Sender) {
  const change = async (verb: string, body: object, { idempotencyKey, signal }: ChangeOptions): Promise<IdentityChange> => {
    const headers = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
    return (await send(`/v1/identity/${verb}`, { method: "POST", body, headers, signal }, "identityChange")).body;
  };
  return {
    /** The records of a customer, why they belong together, decisions about them, and customers that may be the same one. */
    async getIdentity(customerId: string, { signal }: CallOptions = {}): Promise<Identity> {
      return (await send(`/v1/identity/${encodeURIComponent(customerId)}`, { signal }, "identity")).body;
    },

    /** Pairs of customers that may be one, most likely first. */
    getIdentityCandidates: (options: SuggestionOptions = {}): Promise<Page<Suggestion>> =>
      pageFrom(send, "/v1/identity/candidates", options, "suggestions"),

    /** Identifiers that join no records. */
    getIdentityStrikes: (options: CallOptions & { limit?: number; cursor?: string } = {}): Promise<Page<Strike>> =>
      pageFrom(send, "/v1/identity/strikes", options, "strikes"),

    /** Decisions about who is who, newest first. */
    getIdentityDecisions: (
      options: CallOptions & { limit?: number; cursor?: string; type?: Decision["type"] } = {},
    ): Promise<Page<Decision>> => pageFrom(send, "/v1/identity/decisions", options, "identityDecisions"),

    /** The model that scores pairs of records. */
    async getIdentityModel({ signal }: CallOptions = {}): Promise<IdentityModel> {
      return (await send("/v1/identity/model", { signal }, "identityModel")).body;
    },

    /** Records that a platform has twice, with the one that should stay. */
    async getIdentityReport({ platform, signal }: CallOptions & { platform?: string } = {}): Promise<DuplicateReport> {
      const query = platform === undefined ? "" : `?platform=${encodeURIComponent(platform)}`;
      return (await send(`/v1/identity/report${query}`, { signal }, "identityReport")).body;
    },

    /** Links a record to a customer, for everybody. */
    linkIdentity: (request: LinkRequest, options: ChangeOptions = {}) => change("link", request, options),

    /** Separates a record from its customer: "not this person". */
    unlinkIdentity: (request: UnlinkRequest, options: ChangeOptions = {}) => change("unlink", request, options),

    /** Makes two customers one. */
    mergeIdentities: (request: MergeRequest, options: ChangeOptions = {}) => change("merge", request, options),

    /** Makes records of a customer another customer. */
    splitIdentity: (request: SplitRequest, options: ChangeOptions = {}) => change("split", request, options),

    /** Keeps the two customers of each suggestion apart. */
    dismissCandidates: (request: DismissRequest, options: ChangeOptions = {}) => change("dismiss", request, options),

    /** Undoes decisions and restores what was before. An undo can be undone too. */
    undoDecisions: (request: UndoRequest, options: ChangeOptions = {}) => change("undo", request, options),

    /** Whether a record exists already: use it, create it, or ask a person. */
    async checkIdentity(request: CheckRequest, { signal }: CallOptions = {}): Promise<CheckResult> {
      return (await send("/v1/identity/check", { method: "POST", body: request, signal }, "identityCheck")).body;
    },
  };
}
