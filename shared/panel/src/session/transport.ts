import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName, Sections } from "@sidelight/contracts/context/sections.ts";
import { type PanelClock, systemClock } from "../clock.ts";
import type { PanelProblem, SetupFault } from "../options.ts";

/** What the page around the panel shows. A host adds what its transport needs to find the customer. */
export interface PanelSubject {
  /** Identifies the subject: two subjects with one key are the same. */
  readonly key: string;
  /** True when the page has no customer yet, as a new ticket without a requester. Nothing is requested. */
  readonly isWaiting?: boolean;
}

/** Which customer a call is about. */
export interface PanelRequest<S extends PanelSubject> {
  subject: S;
  /** The id of the candidate that the person chose, or null. It takes the place of the subject. */
  candidate: string | null;
  /** The id of the customer on screen, or null: a ref for calls that cannot carry the subject itself, such as an email address. */
  customerId: string | null;
}

/** A transport's answer. Calls resolve with a failure instead of rejecting. */
export type ReadResult =
  | { kind: "context"; context: Context; requestId: string | null; etag?: string | null }
  /** The answer that `etag` names is still current. */
  | { kind: "unchanged"; requestId: string | null }
  | {
      kind: "failed";
      /** `retryAt` is the time of the monotonic clock that `Retry-After` allows, or null. */
      problem: PanelProblem;
      /** Set when the installation must be repaired, as after a refused API key. */
      setup: SetupFault | null;
    };

/** A change on the stream: one section as it is now, or everything of the context except its sections. */
export type LiveChange = { name: SectionName; section: NonNullable<Sections[SectionName]> } | { head: Omit<Context, "sections"> };

export interface StreamListener {
  /** The API accepted the stream. */
  opened(): void;
  /** Bytes arrived, a heartbeat included: the connection is alive. */
  alive(): void;
  changed(change: LiveChange): void;
}

export interface StreamEnd {
  /** `renew`: open again at once, because the credentials of the stream were replaced. `ended`: open again after a backoff. */
  reason: "renew" | "ended";
  /** Minimum wait before the next attempt, milliseconds. */
  retryAfterMs: number;
}

/**
 * How a host reaches the context API. The session drops late answers, limits the time of each call and repeats it when that
 * makes sense, so a transport only sends a request and reads the answer. `signal` is aborted when the answer is no longer needed.
 */
export interface PanelTransport<S extends PanelSubject> {
  /** All sections; the API answers after about 900 ms, late sections are `pending`. May answer `unchanged` if `etag` is set. */
  getContext(request: PanelRequest<S> & { etag: string | null }, signal: AbortSignal): Promise<ReadResult>;
  /** Some sections; the API waits up to {@link sectionsDeadlineMs} for slow platforms. */
  getSections(request: PanelRequest<S> & { sections: readonly SectionName[] }, signal: AbortSignal): Promise<ReadResult>;
  /** Makes the API read the platforms again, then answers as `getContext` does. */
  refresh(request: PanelRequest<S>, signal: AbortSignal): Promise<ReadResult>;
  /** Optional: reports changes until the stream ends or is aborted, and does not reject. Null when this request has no stream. */
  stream?(request: PanelRequest<S>, listener: StreamListener, signal: AbortSignal): Promise<StreamEnd> | null;
}

/** What `getSections` passes to the API as its deadline, milliseconds. */
export const sectionsDeadlineMs = 7_000;

/** A failure without an answer from the API. */
export const failure = (code: PanelProblem["code"], requestId: string | null = null): ReadResult => ({
  kind: "failed",
  problem: { code, requestId, retryAt: null },
  setup: null,
});

const codesByStatus: Readonly<Record<number, PanelProblem["code"]>> = {
  403: "forbidden",
  404: "not_found",
  429: "rate_limited",
  502: "network",
  503: "overloaded",
  504: "timeout",
};
const maxRetryAfterSeconds = 3_600;

export interface FailedAnswer {
  status: number;
  /** The API's code; null for an answer of something in front of the API. */
  code: PanelProblem["code"] | null;
  requestId: string | null;
  retryAfterSeconds: number | null;
}

/**
 * The result of an answer that is an error. The API key belongs to the installation: a refused one must be replaced there.
 */
export function failedAnswer(
  { status, code, requestId, retryAfterSeconds }: FailedAnswer,
  clock: PanelClock = systemClock,
): ReadResult {
  const retryAt =
    retryAfterSeconds === null ? null : clock.monotonic() + Math.min(retryAfterSeconds, maxRetryAfterSeconds) * 1000;
  const problem = { code: code ?? codesByStatus[status] ?? "internal", requestId, retryAt };
  return { kind: "failed", problem, setup: status === 401 ? "credentials_refused" : null };
}
