import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Client } from "jsforce/lib/api/streaming.js";
import { z } from "zod";
import type { LiveSession, LiveWait } from "../client.ts";

/** What is read of a message of the Bayeux protocol; the rest is passed on as it is. */
const Reply = z.looseObject({
  channel: z.string(),
  successful: z.boolean().optional(),
  error: z.string().optional(),
  ext: z.looseObject({ sfdc: z.looseObject({ failureReason: z.string().optional() }).optional() }).nullish(),
});
export type Reply = z.infer<typeof Reply>;

interface Sent {
  channel: string;
  id?: string;
}

/** The part of Faye's client that carries its messages. jsforce reaches into it too: there is no public way. */
interface Dispatcher {
  headers: Record<string, string>;
  clientId?: string | null;
  endpoint: { href: string };
  connectionType: string;
  getConnectionTypes(): string[];
  selectTransport(): void;
  _transport: { sendMessage(message: Sent): Promise<{ abort(): void }>; close(): void };
  handleResponse(reply: object): void;
}

export interface Carried {
  /** Ends what is under way, so that neither a request nor a timer outlives it; then says goodbye, and waits a second for that. */
  close(): Promise<void>;
}

const polling = "long-polling";
/** An answer is held for 110 seconds when nothing happens. */
const holdMs = 130_000;
const answerMs = 30_000;
const goodbyeMs = 1_000;

/**
 * Has a Faye client's messages travel through our own HTTP. By itself it would try a WebSocket, send past the call log, repeat a
 * refused request for ever with the same token, ask for more before what came is durable, and go on after its end.
 * @param received called once the messages of one answer were read; the next request waits for it
 * @param failed told of whatever no message can tell
 */
export function carry(
  client: Client,
  live: LiveSession,
  received: () => Promise<void>,
  failed: (error: unknown) => void,
): Carried {
  const dispatcher = (client as unknown as { _dispatcher: Dispatcher })._dispatcher;
  const under = new Map<string, Sent>();
  const over = new AbortController();
  const cookies = new Map<string, string>();
  let taken = Promise.resolve();

  dispatcher.connectionType = polling;
  dispatcher.getConnectionTypes = () => [polling];
  dispatcher.selectTransport = () => {};
  dispatcher._transport = {
    async sendMessage(message) {
      if (message.id !== undefined) under.set(message.id, message);
      if (over.signal.aborted) settle(message);
      else void exchange(message).catch(failed);
      return { abort() {} };
    },
    close() {},
  };

  return {
    async close() {
      over.abort();
      for (const message of [...under.values()]) settle(message);
      await taken.catch(() => {});
      const { clientId } = dispatcher;
      if (!clientId) return;
      // An org has few places for listeners, and keeps one for a while for whoever just went.
      const farewell = { channel: "/meta/disconnect", clientId };
      await post(farewell, { signal: AbortSignal.timeout(goodbyeMs), timeoutMs: goodbyeMs }).catch(() => {});
    },
  };

  async function exchange(message: Sent): Promise<void> {
    await taken;
    if (over.signal.aborted) return;
    const timeoutMs = message.channel === "/meta/connect" ? holdMs : answerMs;
    const replies = await post(message, { signal: over.signal, timeoutMs });
    if (over.signal.aborted) return;
    if (message.id !== undefined) under.delete(message.id);
    for (const reply of replies) dispatcher.handleResponse(reply);
    taken = taken.then(received);
    await taken;
  }

  async function post(message: object, wait: LiveWait): Promise<Reply[]> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...dispatcher.headers, "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
    const response = await live.post(dispatcher.endpoint.href, headers, JSON.stringify([message]), wait);
    // They lead the next request to the same server, which alone knows this client.
    for (const [, name = "", value = ""] of (response.headers["set-cookie"] ?? "").matchAll(/(?:^|,)\s*([^\s;,=]+)=([^;,]*)/g))
      cookies.set(name, value);
    const { status } = response;
    const text = await response.text();
    if (status === 401)
      throw new PlatformError("invalid_credentials", "salesforce", "Salesforce refused the session.", { status });
    if (status !== 200) throw new PlatformError("unavailable", "salesforce", `Salesforce answered ${status}.`, { status });
    return readReplies(text);
  }

  /** Faye waits for an answer, and asks again without one: this one says that there is no use. */
  function settle({ id, channel }: Sent): void {
    if (id !== undefined) under.delete(id);
    dispatcher.handleResponse({ id, channel, successful: false, error: "499::Closed", advice: { reconnect: "none" } });
  }
}

function readReplies(text: string): Reply[] {
  try {
    return z.array(Reply).parse(JSON.parse(text));
  } catch (cause) {
    throw new PlatformError("unavailable", "salesforce", "Salesforce's answer has an unknown form.", { cause });
  }
}
