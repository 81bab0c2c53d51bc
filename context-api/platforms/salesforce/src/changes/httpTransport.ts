import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Client } from "jsforce/lib/api/streaming.js";
import { z } from "zod";
import type { StreamingCall, StreamingSession } from "../client.ts";

/** The members of a Bayeux message that we read. Others are passed on unchanged. */
const Reply = z.looseObject({
  channel: z.string(),
  successful: z.boolean().optional(),
  error: z.string().optional(),
  ext: z.looseObject({ sfdc: z.looseObject({ failureReason: z.string().optional() }).optional() }).nullish(),
});
export type Reply = z.infer<typeof Reply>;

interface BayeuxMessage {
  channel: string;
  id?: string;
}

/** The part of Faye's client that sends its messages. It has no public interface; jsforce uses it too. */
interface Dispatcher {
  headers: Record<string, string>;
  clientId?: string | null;
  endpoint: { href: string };
  connectionType: string;
  getConnectionTypes(): string[];
  selectTransport(): void;
  _transport: { sendMessage(message: BayeuxMessage): Promise<{ abort(): void }>; close(): void };
  handleResponse(reply: object): void;
}

export interface HttpTransport {
  /** Aborts pending requests so that no request or timer remains, then sends a disconnect and waits up to a second for it. */
  close(): Promise<void>;
}

const polling = "long-polling";
/** Salesforce delays a response for up to 110 seconds when there are no events. */
const pollTimeoutMs = 130_000;
const requestTimeoutMs = 30_000;
const disconnectTimeoutMs = 1_000;

/**
 * Sends a Faye client's messages through our HTTP client. Faye itself would try a WebSocket, bypass the call log, repeat a refused
 * request forever with the same token, request more before earlier events are durable, and continue after its end.
 * @param onResponse called after the messages of one response were handled; the next request waits for it
 * @param onError called with errors that are no Bayeux message
 */
export function useHttpTransport(
  client: Client,
  session: StreamingSession,
  onResponse: () => Promise<void>,
  onError: (error: unknown) => void,
): HttpTransport {
  const dispatcher = (client as unknown as { _dispatcher: Dispatcher })._dispatcher;
  const pending = new Map<string, BayeuxMessage>();
  const closing = new AbortController();
  const cookies = new Map<string, string>();
  let lastResponse = Promise.resolve();

  dispatcher.connectionType = polling;
  dispatcher.getConnectionTypes = () => [polling];
  dispatcher.selectTransport = () => {};
  dispatcher._transport = {
    async sendMessage(message) {
      if (message.id !== undefined) pending.set(message.id, message);
      if (closing.signal.aborted) replyClosed(message);
      else void exchange(message).catch(onError);
      return { abort() {} };
    },
    close() {},
  };

  return {
    async close() {
      closing.abort();
      for (const message of [...pending.values()]) replyClosed(message);
      await lastResponse.catch(() => {});
      const { clientId } = dispatcher;
      if (!clientId) return;
      // An org allows few streaming clients and keeps a disconnected one for a while.
      const disconnect = { channel: "/meta/disconnect", clientId };
      await post(disconnect, { signal: AbortSignal.timeout(disconnectTimeoutMs), timeoutMs: disconnectTimeoutMs }).catch(
        () => {},
      );
    },
  };

  async function exchange(message: BayeuxMessage): Promise<void> {
    await lastResponse;
    if (closing.signal.aborted) return;
    const timeoutMs = message.channel === "/meta/connect" ? pollTimeoutMs : requestTimeoutMs;
    const replies = await post(message, { signal: closing.signal, timeoutMs });
    if (closing.signal.aborted) return;
    if (message.id !== undefined) pending.delete(message.id);
    for (const reply of replies) dispatcher.handleResponse(reply);
    lastResponse = lastResponse.then(onResponse);
    await lastResponse;
  }

  async function post(message: object, options: StreamingCall): Promise<Reply[]> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...dispatcher.headers, "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
    const response = await session.post(dispatcher.endpoint.href, headers, JSON.stringify([message]), options);
    // Cookies route the next request to the same server; only that server has this client.
    for (const [, name = "", value = ""] of (response.headers["set-cookie"] ?? "").matchAll(/(?:^|,)\s*([^\s;,=]+)=([^;,]*)/g))
      cookies.set(name, value);
    const { status } = response;
    const text = await response.text();
    if (status === 401)
      throw new PlatformError("invalid_credentials", "salesforce", "Salesforce refused the session.", { status });
    if (status !== 200) throw new PlatformError("unavailable", "salesforce", `Salesforce answered ${status}.`, { status });
    return readReplies(text);
  }

  /** Replies to a message that will get no response. Without a reply Faye would send it again. */
  function replyClosed({ id, channel }: BayeuxMessage): void {
    if (id !== undefined) pending.delete(id);
    dispatcher.handleResponse({ id, channel, successful: false, error: "499::Closed", advice: { reconnect: "none" } });
  }
}

function readReplies(text: string): Reply[] {
  try {
    return z.array(Reply).parse(JSON.parse(text));
  } catch (cause) {
    throw new PlatformError("unavailable", "salesforce", "Salesforce's response has an unexpected format.", { cause });
  }
}
