import { trustAnswers } from "@sidelight/client/answers.ts";
import type { contextOperations } from "@sidelight/client/context.ts";
import { SidelightError } from "@sidelight/client/error.ts";
import { createSender } from "@sidelight/client/send.ts";
import { streamContext } from "@sidelight/client/stream.ts";
import type { PanelClock } from "@sidelight/panel/clock.ts";
import type { StreamEnd, StreamListener } from "@sidelight/panel/session/transport.ts";

export type StreamOpener = (ref: string, listener: StreamListener, signal: AbortSignal) => Promise<StreamEnd>;

/** A token is renewed this long before it ends. Clocks differ, so it is used at least and at most for these times. */
export const tokenTiming = { renewBeforeMs: 60_000, minUseMs: 60_000, maxUseMs: 540_000 };

interface Token {
  ref: string;
  value: string;
  /** On the monotonic clock. */
  renewAt: number;
}

/**
 * Opens streams at the API itself, with a token for one customer and ten minutes that the proxy fetches with the key.
 * @param paintedMs from the start of the page to its first answer: the first stream reports it
 */
export function createStreamOpener(
  client: Pick<ReturnType<typeof contextOperations>, "createSession">,
  direct: { baseUrl: string; headers: { "x-sidelight-panel": string } },
  clock: PanelClock,
  paintedMs: number,
): StreamOpener {
  let token: Token | null = null;
  let paint = `;paint=${Math.round(Math.min(paintedMs, 999_999))}`;

  async function tokenFor(ref: string, signal: AbortSignal): Promise<Token> {
    if (token?.ref === ref && clock.monotonic() < token.renewAt) return token;
    const session = await client.createSession(ref, { signal });
    const t = tokenTiming;
    const useMs = Date.parse(session.expiresAt) - clock.now() - t.renewBeforeMs;
    token = { ref, value: session.token, renewAt: clock.monotonic() + Math.min(Math.max(useMs || 0, t.minUseMs), t.maxUseMs) };
    return token;
  }

  return async (ref, listener, signal) => {
    const renewal = new AbortController();
    let cancelRenewal = (): void => {};
    try {
      const current = await tokenFor(ref, signal);
      cancelRenewal = clock.after(current.renewAt - clock.monotonic(), () => renewal.abort());
      const headers = { "x-sidelight-panel": `${direct.headers["x-sidelight-panel"]}${paint}` };
      paint = "";
      const options = { ...direct, headers, apiKey: current.value, fetch: observedFetch(listener) };
      const either = AbortSignal.any([signal, renewal.signal]);
      const changes = streamContext(createSender(options, trustAnswers), ref, { reconnect: false, signal: either });
      for await (const change of changes) {
        if (signal.aborted) break;
        if (change.kind === "settled") listener.changed({ head: change.context });
        else if (change.kind === "section") listener.changed({ name: change.name, section: change.section });
      }
      return { reason: renewal.signal.aborted ? "renew" : "ended", retryAfterMs: 0 };
    } catch (error) {
      const { status, retryAfterSeconds } = error instanceof SidelightError ? error : { status: null, retryAfterSeconds: null };
      if (status === 401) token = null;
      return { reason: "ended", retryAfterMs: (retryAfterSeconds ?? 0) * 1000 };
    } finally {
      cancelRenewal();
    }
  };
}

/** `fetch` without cookies or redirects, that reports the accepted stream and every piece of it, heartbeats included. */
function observedFetch(listener: StreamListener): typeof fetch {
  return async (url, init) => {
    // A redirect could take the token to a different host.
    const response = await fetch(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error" });
    if (!response.ok || !response.body) return response;
    listener.opened();
    const watch = new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        listener.alive();
        controller.enqueue(bytes);
      },
    });
    return new Response(response.body.pipeThrough(watch), response);
  };
}
