import { trustAnswers } from "@sidelight/client/answers.ts";
import { type ContextOptions, contextOperations } from "@sidelight/client/context.ts";
import { SidelightError } from "@sidelight/client/error.ts";
import { isPersonal } from "@sidelight/client/refs.ts";
import { createSender } from "@sidelight/client/send.ts";
import { type PanelClock, systemClock } from "@sidelight/panel/clock.ts";
import { isContext } from "@sidelight/panel/session/merge.ts";
import {
  failedAnswer,
  failure,
  type PanelRequest,
  type PanelTransport,
  type ReadResult,
  type StreamEnd,
  sectionsDeadlineMs,
} from "@sidelight/panel/session/transport.ts";
import type { Host } from "../zaf/host.ts";
import { credentialsOf, type PageSession, streamTokenOf } from "./pageSession.ts";
import type { Location } from "./place.ts";
import type { StreamOpener } from "./stream.ts";
import type { ZendeskSubject } from "./subject.ts";

export interface ZafTransportOptions {
  /** Where the panel is shown: answers have the layout of this place then. */
  place?: Location;
  /** To whom it is shown, at this moment. */
  reader?: () => { locale: string; teams: readonly string[] };
  clock?: PanelClock;
}

/** The API records which panel has shown an event. */
const headers = { "x-sidelight-panel": "zendesk" };
/** Longer than any limit of the session, which ends calls in time. */
const timeoutMs = 60_000;

/**
 * The context API with the session of the person, or through Zendesk's proxy with the key of the installation. The stream, which the
 * proxy cannot carry, comes directly from the API.
 * @param page null for an app that Zendesk opened without a sign-in
 */
export function createZafTransport(
  host: Host,
  apiUrl: string,
  page: PageSession | null = null,
  { place, reader, clock = systemClock }: ZafTransportOptions = {},
): PanelTransport<ZendeskSubject> {
  const direct = { baseUrl: apiUrl, headers };
  // Not the lean client, which also has the stream: that is loaded later.
  const client = contextOperations(createSender({ ...direct, ...credentialsOf(host, page), timeoutMs }, trustAnswers));
  const sessions = page ? { createSession: () => streamTokenOf(page) } : client;
  let opener: Promise<StreamOpener> | null = null;

  async function read(call: ReturnType<typeof client.getContext>): Promise<ReadResult> {
    try {
      const { context, requestId } = await call;
      return { kind: "context", context, requestId };
    } catch (error) {
      return failureFrom(error);
    }
  }

  function failureFrom(error: unknown): ReadResult {
    if (!(error instanceof SidelightError)) throw error;
    const { code, status, requestId, retryAfterSeconds } = error;
    // The session of a person ends; the key of an installation is replaced.
    if (page && status === 401) return failure("unauthenticated", requestId);
    if (code !== "unexpected_answer") {
      if (status === null) return failure(code as "network" | "timeout", requestId);
      return failedAnswer({ status, code, requestId, retryAfterSeconds }, clock);
    }
    return failedAnswer({ status: status ?? 0, code: null, requestId, retryAfterSeconds }, clock);
  }

  const laidOut = (signal: AbortSignal): ContextOptions => {
    const { locale, teams } = reader?.() ?? {};
    return { signal, ...(place && { place }), ...(locale && { locale }), ...(teams && { teams }) };
  };

  return {
    getContext: (request, signal) => read(client.getContext(refOf(request), laidOut(signal))),
    getSections: ({ sections, ...request }, signal) =>
      read(client.getContext(refOf(request), { sections, deadlineMs: sectionsDeadlineMs, signal })),
    refresh: async (request, signal) => {
      const ref = urlRefOf(request);
      const result = ref === null ? null : await read(client.refreshContext(ref, laidOut(signal)));
      // An API that only accepts a refresh, and a customer known by nothing but an address, are read.
      const isAnswer = result?.kind === "failed" || (result?.kind === "context" && isContext(result.context));
      return result && isAnswer ? result : await read(client.getContext(ref ?? refOf(request), laidOut(signal)));
    },
    stream: (request, listener, signal) => {
      const ref = urlRefOf(request);
      if (ref === null) return null;
      // The first stream follows the first answer that a person sees.
      const paintedMs = clock.monotonic();
      // In a file of its own: the first screen does not wait for it.
      opener ??= import("./stream.ts").then(({ createStreamOpener }) => createStreamOpener(sessions, direct, clock, paintedMs));
      return opener.then(
        (open) => open(ref, listener, signal),
        (): StreamEnd => {
          opener = null;
          return { reason: "ended", retryAfterMs: 0 };
        },
      );
    },
  };
}

type Request = PanelRequest<ZendeskSubject>;

const refOf = ({ candidate, subject }: Request): string => candidate ?? subject.ref;

/** A ref that may be in a URL: not an email address, which proxies and logs would keep. */
function urlRefOf(request: Request): string | null {
  const ref = refOf(request);
  return isPersonal(ref) ? request.customerId : ref;
}
