import type { Streaming } from "jsforce/lib/api/streaming.js";
import { PlatformError } from "../../errors.ts";
import type { LiveSession } from "../client.ts";

/** One message of the Bayeux protocol, either way. */
export interface BayeuxMessage {
  channel: string;
  id?: string;
  successful?: boolean;
  error?: string;
  clientId?: string;
  advice?: { reconnect?: string };
  ext?: { sfdc?: { failureReason?: string } };
}

export type StreamingClient = ReturnType<Streaming<never>["createClient"]>;

/** The parts of Faye's client that jsforce itself reaches into. */
interface Dispatcher {
  headers: Record<string, string>;
  clientId?: string | null;
  endpoint: { href: string };
  selectTransport(): void;
  _transport: { sendMessage(message: BayeuxMessage): Promise<{ abort(): void }>; close(): void };
  handleResponse(reply: object): void;
}

export interface Carried {
  /** Ends all that is under way, so that neither a request nor a timer outlives it; then says goodbye, and waits a second for that. */
  close(): Promise<void>;
}

/** "The server holds the request for 110 seconds" when nothing happens. */
const holdMs = 130_000;
const answerMs = 30_000;
const goodbyeMs = 1_000;

/**
 * Has a Faye client's messages travel through our own HTTP. By itself it would send past the call log, repeat a refused request
 * for ever with the same token, ask for more before what came is durable, and go on after its end.
 * @param received called once the messages of one answer were read; the next request waits for it
 * @param failed told of whatever no message can tell
 */
export function carry(
  client: StreamingClient,
  live: LiveSession,
  received: () => Promise<void>,
  failed: (error: unknown) => void,
): Carried {
  const dispatcher = (client as unknown as { _dispatcher: Dispatcher })._dispatcher;
  const under = new Map<string, BayeuxMessage>();
  const over = new AbortController();
  const cookies = new Map<string, string>();
  let taken = Promise.resolve();

  // Faye would choose anew at each handshake; the platform knows long polling alone.
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
      const { clientId } = dispatcher;
      for (const message of [...under.values()]) settle(message);
      if (!clientId) return;
      // An org has few places for listeners, and keeps one for a while for whoever just went.
      const farewell = { channel: "/meta/disconnect", clientId };
      await post([farewell], { signal: AbortSignal.timeout(goodbyeMs), timeoutMs: goodbyeMs }).catch(() => {});
    },
  };

  async function exchange(message: BayeuxMessage): Promise<void> {
    await taken;
    if (over.signal.aborted) return;
    const timeoutMs = message.channel === "/meta/connect" ? holdMs : answerMs;
    const replies = await post([message], { signal: over.signal, timeoutMs });
    if (over.signal.aborted) return;
    if (message.id !== undefined) under.delete(message.id);
    for (const reply of replies) dispatcher.handleResponse(reply);
    taken = taken.then(received);
    await taken;
  }

  async function post(messages: BayeuxMessage[], wait: Parameters<LiveSession["post"]>[3]): Promise<object[]> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...dispatcher.headers, "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
    const response = await live.post(dispatcher.endpoint.href, headers, JSON.stringify(messages), wait);
    // They lead the next request to the same server, and without them it knows no such client.
    for (const [, name = "", value = ""] of (response.headers["set-cookie"] ?? "").matchAll(/(?:^|,)\s*([^\s;,=]+)=([^;,]*)/g))
      cookies.set(name, value);
    const { status } = response;
    const text = await response.text();
    if (status === 401) throw new PlatformError("unauthorized", "salesforce", "Salesforce refused the session.", { status });
    if (status !== 200) throw new PlatformError("unavailable", "salesforce", `Salesforce answered ${status}.`, { status });
    return readReplies(text);
  }

  /** Faye waits for an answer, and asks again without one: this one says that there is no use. */
  function settle({ id, channel }: BayeuxMessage): void {
    if (id !== undefined) under.delete(id);
    dispatcher.handleResponse({ id, channel, successful: false, error: "499::Closed", advice: { reconnect: "none" } });
  }
}

function readReplies(text: string): object[] {
  try {
    const replies: unknown = JSON.parse(text);
    if (Array.isArray(replies) && replies.every((reply) => typeof reply === "object" && reply !== null)) return replies;
  } catch {}
  throw new PlatformError("unavailable", "salesforce", "Salesforce's answer has an unknown form.");
}
