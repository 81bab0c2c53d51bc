import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Context, json } from "../../context.ts";
import { isAuthorized } from "../auth.ts";
import { refuse } from "../errors.ts";
import type { ChangeBus, RetainedEvent } from "./bus.ts";
import { SELECTED } from "./changes.ts";

const Message = z.looseObject({
  channel: z.string(),
  id: z.string().optional(),
  clientId: z.string().optional(),
  subscription: z.string().optional(),
  connectionType: z.string().optional(),
  supportedConnectionTypes: z.array(z.string()).optional(),
  ext: z.looseObject({ replay: z.union([z.boolean(), z.record(z.string(), z.number().nullable())]).optional() }).optional(),
});
type Message = z.infer<typeof Message>;

interface Session {
  clientId: string;
  cookie: string;
  channels: Set<string>;
  queue: object[];
  /** Ends the pending long poll, if there is one. */
  wake: (() => void) | null;
  hasConnected: boolean;
  /** Time of the last response, ms. */
  lastRequestAt: number;
}

/** "If the reconnection doesn't occur within 40 seconds, the server expires the subscription." */
const FORGOTTEN_AFTER = 40_000;
/** A long poll ends after this time when there is no event. */
const HOLD = 110_000;
const RETRY = { interval: 0, timeout: HOLD, reconnect: "retry" };

/** `POST /cometd/<version>`: the Bayeux protocol over long polling, as in Salesforce's streaming API. */
export function bayeux(ctx: Context, bus: ChangeBus, versions: readonly string[]): (request: Request) => Promise<Response> {
  const sessions = new Map<string, Session>();

  bus.onPublish((event) => {
    for (const session of sessions.values()) {
      for (const channel of session.channels) if (fits(channel, event)) session.queue.push(toMessage(channel, event));
      if (session.queue.length > 0) session.wake?.();
    }
  });
  bus.onSessions({
    forget() {
      const droppedSessions = [...sessions.values()];
      sessions.clear();
      for (const { wake } of droppedSessions) wake?.();
    },
    pendingCount: () => [...sessions.values()].filter(({ wake, channels }) => wake && channels.size > 0).length,
  });

  return async (request) => {
    const version = /^\/cometd\/([\d.]+)\/?$/.exec(new URL(request.url).pathname)?.[1];
    if (!version || !versions.includes(version)) return refuse(404, "NOT_FOUND", "The requested resource does not exist");
    if (request.method !== "POST") return new Response("400::Unknown", { status: 400 });
    const messages = z.union([z.array(Message).min(1), Message.transform((single) => [single])]).safeParse(await body(request));
    if (!messages.success) return new Response("400::Bad request", { status: 400 });
    const replies: object[] = [];
    let cookie: string | null = null;
    for (const message of messages.data) {
      const reply = await respond(message, request);
      cookie ??= reply.cookie ?? null;
      replies.push(...reply.replies);
    }
    return json(replies, 200, cookie === null ? {} : { "set-cookie": cookie });
  };

  async function respond(message: Message, request: Request): Promise<{ replies: object[]; cookie?: string }> {
    if (message.channel === "/meta/handshake") return handshake(message, request);
    const session = sessionOf(message, request);
    if (!session) return refuseMessage(message, "403::Unknown client", { reconnect: "handshake", interval: 0 });
    if (!isAuthorized(ctx, request))
      return refuseMessage(message, "401::Authentication invalid", { reconnect: "none", interval: 0 });
    switch (message.channel) {
      case "/meta/connect":
        return await connect(message, session, request);
      case "/meta/subscribe":
        return subscribe(message, session);
      case "/meta/unsubscribe":
        session.channels.delete(message.subscription ?? "");
        return accept(message, { subscription: message.subscription });
      case "/meta/disconnect":
        sessions.delete(session.clientId);
        session.wake?.();
        return accept(message, {});
      default:
        return refuseMessage(message, `403:${message.channel}:denied_by_security_policy:create_denied`);
    }
  }

  function handshake(message: Message, request: Request) {
    const isSignedIn = request.headers.has("authorization");
    if (!isAuthorized(ctx, request)) {
      const failureReason = isSignedIn ? "401::Authentication invalid" : "401::Request requires authentication";
      return refuseMessage(
        message,
        "403::Handshake denied",
        { reconnect: "none" },
        { ext: { sfdc: { failureReason }, replay: true } },
      );
    }
    if (!message.supportedConnectionTypes?.includes("long-polling"))
      return refuseMessage(message, "301::Connection types not supported");
    const clientId = randomBytes(14).toString("hex");
    const cookie = randomBytes(10).toString("hex");
    const lastRequestAt = ctx.clock.now();
    sessions.set(clientId, { clientId, cookie, channels: new Set(), queue: [], wake: null, hasConnected: false, lastRequestAt });
    const replies = [
      {
        ext: { replay: true, "payload.format": true },
        minimumVersion: "1.0",
        clientId,
        supportedConnectionTypes: ["long-polling"],
        channel: message.channel,
        id: message.id,
        version: "1.0",
        successful: true,
      },
    ];
    const ends = new Date(lastRequestAt + 365 * 86_400_000).toUTCString();
    return { replies, cookie: `BAYEUX_BROWSER=${cookie}; path=/; expires=${ends}; secure; HttpOnly` };
  }

  /** Null for a forgotten client or a missing cookie: another server of the pod does not know the session. */
  function sessionOf({ clientId = "" }: Message, request: Request): Session | null {
    for (const [id, { lastRequestAt, wake }] of sessions)
      if (!wake && ctx.clock.now() - lastRequestAt > FORGOTTEN_AFTER) sessions.delete(id);
    const session = sessions.get(clientId);
    return session && (request.headers.get("cookie") ?? "").includes(`BAYEUX_BROWSER=${session.cookie}`) ? session : null;
  }

  async function connect(message: Message, session: Session, request: Request): Promise<{ replies: object[] }> {
    if (message.connectionType !== "long-polling") return refuseMessage(message, "301::Connection types not supported");
    // A client has one pending long poll. A second one ends the first.
    session.wake?.();
    if (session.hasConnected && session.queue.length === 0) await longPoll(session);
    session.hasConnected = true;
    session.lastRequestAt = ctx.clock.now();
    if (!sessions.has(session.clientId))
      return refuseMessage(message, "403::Unknown client", { reconnect: "handshake", interval: 0 });
    if (!isAuthorized(ctx, request))
      return refuseMessage(message, "401::Authentication invalid", { reconnect: "none", interval: 0 });
    const { replies } = accept(message, { advice: RETRY });
    return { replies: [...session.queue.splice(0), ...replies] };
  }

  async function longPoll(session: Session): Promise<void> {
    const abort = new AbortController();
    session.wake = () => abort.abort();
    const disconnect = new Promise<void>((resolve) => abort.signal.addEventListener("abort", () => resolve()));
    await Promise.race([disconnect, ctx.clock.sleep(HOLD, abort.signal).catch(() => {})]);
    abort.abort();
    session.wake = null;
  }

  function subscribe(message: Message, session: Session): { replies: object[] } {
    const channel = message.subscription ?? "";
    const details = { subscription: channel };
    if (!isChannel(channel))
      return refuseMessage(message, `400::The channel you requested to subscribe to does not exist {${channel}}`, null, details);
    const replayIds = typeof message.ext?.replay === "object" ? message.ext.replay : {};
    const replay = replayIds[channel] ?? (message.ext?.replay === undefined ? -1 : null);
    if (replay === null) {
      return refuseMessage(
        message,
        `400::The replayId for channel {${channel}} wasn't found using the provided replay ID map {${JSON.stringify(replayIds)}}. Ensure that the channel name you provided in the replay map is valid and matches the channel name used for subscribing.`,
        null,
        details,
      );
    }
    const missedEvents = bus.after(replay);
    if (!missedEvents) {
      return refuseMessage(
        message,
        `400::The replayId {${replay}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`,
        null,
        details,
      );
    }
    session.channels.add(channel);
    session.queue.push(...missedEvents.filter((event) => fits(channel, event)).map((event) => toMessage(channel, event)));
    if (session.queue.length > 0) session.wake?.();
    return accept(message, details);
  }
}

const accept = ({ channel, id, clientId }: Message, details: object): { replies: object[] } => ({
  replies: [{ clientId, channel, id, ...details, successful: true }],
});

const refuseMessage = (
  { channel, id, clientId }: Message,
  error: string,
  advice: object | null = null,
  details: object = {},
): { replies: object[] } => ({
  replies: [{ clientId, ...(advice ? { advice } : {}), channel, id, ...details, error, successful: false }],
});

const isChannel = (channel: string): boolean =>
  channel === "/data/ChangeEvents" || SELECTED.some((object) => channel === `/data/${object}ChangeEvent`);

const fits = (channel: string, { payload }: RetainedEvent): boolean =>
  channel === "/data/ChangeEvents" || channel === `/data/${payload.ChangeEventHeader.entityName}ChangeEvent`;

const toMessage = (channel: string, { replayId, payload }: RetainedEvent): object => ({
  data: { schema: "IeRuaY6cbI_HsV8Rv1Mc5g", payload, event: { replayId } },
  channel,
});

async function body(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return null;
  }
}
