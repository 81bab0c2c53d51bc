import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { Replay } from "jsforce/lib/api/streaming/extension.js";
import { Client } from "jsforce/lib/api/streaming.js";
import type { LiveSession } from "../client.ts";
import { carry, type Reply } from "./carry.ts";

/** The position is older than what Salesforce keeps (72 hours), or of another org: nothing can go on from it. */
export class ReplayLost extends PlatformError {
  constructor() {
    super("rejected", "salesforce", "Salesforce no longer keeps the position of the change events.");
  }
}

/** Positions that are none: only what happens from now on, and all that is kept. */
export const fromNow = -1;
export const allKept = -2;

export interface Listening {
  channel: string;
  /** A position, {@link fromNow} or {@link allKept}. */
  replay: number;
  signal: AbortSignal;
  /** What one answer brought, in order. Nothing more is asked for until it resolves. */
  take(events: unknown[]): Promise<void>;
}

/**
 * One session of the streaming API, until the signal is aborted. Any failure ends it: the client that jsforce brings would subscribe
 * anew by itself and not say that it was refused (github.com/jsforce/jsforce/issues/1709).
 * @throws {ReplayLost} when the position is refused
 * @throws {PlatformError} for any other end
 */
export async function listen(live: LiveSession, { channel, replay, signal, take }: Listening): Promise<void> {
  const ended = Promise.withResolvers<never>();
  const client = new Client(live.streamingUrl, {});
  client.setHeader("authorization", `OAuth ${live.token}`);
  client.addExtension(failures(ended.reject));
  client.addExtension(new Replay(channel, replay));
  let events: unknown[] = [];
  const received = async () => {
    const taken = events;
    events = [];
    if (taken.length > 0) await take(taken);
  };
  const carried = carry(client, live, received, ended.reject);
  const over = new AbortController();
  const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { signal: over.signal }));
  try {
    signal.throwIfAborted();
    client.subscribe(channel, (event: unknown) => void events.push(event));
    await Promise.race([ended.promise, stopped]);
  } finally {
    // Nobody listens any more to what is rejected from here on.
    ended.promise.catch(() => {});
    over.abort();
    await carried.close();
  }
}

/** Sees every answer before the client does. One that says no goes no further: the client must not act on it by itself. */
function failures(end: (error: Error) => void) {
  return {
    incoming(message: Reply, next: (message: Reply) => void) {
      if (message.successful === false) end(failureOf(message));
      else next(message);
    },
  };
}

/** Salesforce's error texts begin with a code: `401::Authentication invalid`. They are not repeated, as they may quote. */
export function failureOf({ channel, error = "", ext }: Reply): Error {
  const said = ext?.sfdc?.failureReason ?? error;
  const because = (code: ConstructorParameters<typeof PlatformError>[0], message: string, status: number | null = null) =>
    new PlatformError(code, "salesforce", message, { status });
  if (said.startsWith("401:")) return because("invalid_credentials", "Salesforce refused the session.", 401);
  if (/unknown client/i.test(said)) return because("unavailable", "Salesforce had forgotten the listener.");
  if (channel === "/meta/subscribe") {
    if (/^400:.*replay ?id/i.test(said)) return new ReplayLost();
    const reason = /^403:/.test(said)
      ? "Salesforce denies the integration's user change events."
      : "Salesforce refused the subscription to change events.";
    return because("rejected", reason);
  }
  return because("unavailable", "Salesforce ended the stream of change events.");
}
