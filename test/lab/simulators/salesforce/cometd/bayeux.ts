import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Context, json } from "../../context.ts";
import { authorised } from "../auth.ts";
import { refuse } from "../errors.ts";
import type { ChangeBus, KeptEvent } from "./bus.ts";
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
  /** Ends the request that is held, if one is. */
  wake: (() => void) | null;
  hasConnected: boolean;
  /** When it was last answered, ms. */
  seenAt: number;
}

/** "If the reconnection doesn't occur within 40 seconds, the server expires the subscription." */
const FORGOTTEN_AFTER = 40_000;
/** A request is held this long when nothing happens. */
const HOLD = 110_000;
const RETRY = { interval: 0, timeout: HOLD, reconnect: "retry" };

/** `POST /cometd/<version>`: the Bayeux protocol over long polling, as Salesforce's streaming API speaks it. */
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
      const gone = [...sessions.values()];
      sessions.clear();
      for (const { wake } of gone) wake?.();
    },
    waiting: () => [...sessions.values()].filter(({ wake, channels }) => wake && channels.size > 0).length,
  });

  return async (request) => {
    const version = /^\/cometd\/([\d.]+)\/?$/.exec(new URL(request.url).pathname)?.[1];
    if (!version || !versions.includes(version)) return refuse(404, "NOT_FOUND", "The requested resource does not exist");
    if (request.method !== "POST") return new Response("400::Unknown", { status: 400 });
    const messages = z.union([z.array(Message).min(1), Message.transform((one) => [one])]).safeParse(await body(request));
    if (!messages.success) return new Response("400::Bad request", { status: 400 });
    const replies: object[] = [];
    let cookie: string | null = null;
    for (const message of messages.data) {
      const answered = await answer(message, request);
      cookie ??= answered.cookie ?? null;
      replies.push(...answered.replies);
    }
    return json(replies, 200, cookie === null ? {} : { "set-cookie": cookie });
  };

  async function answer(message: Message, request: Request): Promise<{ replies: object[]; cookie?: string }> {
    if (message.channel === "/meta/handshake") return handshake(message, request);
    const session = sessionOf(message, request);
    if (!session) return no(message, "403::Unknown client", { reconnect: "handshake", interval: 0 });
    if (!authorised(ctx, request)) return no(message, "401::Authentication invalid", { reconnect: "none", interval: 0 });
    switch (message.channel) {
      case "/meta/connect":
        return await connect(message, session, request);
      case "/meta/subscribe":
        return subscribe(message, session);
      case "/meta/unsubscribe":
        session.channels.delete(message.subscription ?? "");
        return yes(message, { subscription: message.subscription });
      case "/meta/disconnect":
        sessions.delete(session.clientId);
        session.wake?.();
        return yes(message, {});
      default:
        return no(message, `403:${message.channel}:denied_by_security_policy:create_denied`);
    }
  }

  function handshake(message: Message, request: Request) {
    const isSignedIn = request.headers.has("authorization");
    if (!authorised(ctx, request)) {
      const failureReason = isSignedIn ? "401::Authentication invalid" : "401::Request requires authentication";
      return no(message, "403::Handshake denied", { reconnect: "none" }, { ext: { sfdc: { failureReason }, replay: true } });
    }
    if (!message.supportedConnectionTypes?.includes("long-polling")) return no(message, "301::Connection types not supported");
    const clientId = randomBytes(14).toString("hex");
    const cookie = randomBytes(10).toString("hex");
    const seenAt = ctx.clock.now();
    sessions.set(clientId, { clientId, cookie, channels: new Set(), queue: [], wake: null, hasConnected: false, seenAt });
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
    const ends = new Date(seenAt + 365 * 86_400_000).toUTCString();
    return { replies, cookie: `BAYEUX_BROWSER=${cookie}; path=/; expires=${ends}; secure; HttpOnly` };
  }

  /** Null for one that was forgotten, or whose cookie is missing: another server of the pod knows nothing of it. */
  function sessionOf({ clientId = "" }: Message, request: Request): Session | null {
    for (const [id, { seenAt, wake }] of sessions) if (!wake && ctx.clock.now() - seenAt > FORGOTTEN_AFTER) sessions.delete(id);
    const session = sessions.get(clientId);
    return session && (request.headers.get("cookie") ?? "").includes(`BAYEUX_BROWSER=${session.cookie}`) ? session : null;
  }

  async function connect(message: Message, session: Session, request: Request): Promise<{ replies: object[] }> {
    if (message.connectionType !== "long-polling") return no(message, "301::Connection types not supported");
    // One request of a client is held: a second one lets the first go.
    session.wake?.();
    if (session.hasConnected && session.queue.length === 0) await held(session);
    session.hasConnected = true;
    session.seenAt = ctx.clock.now();
    if (!sessions.has(session.clientId)) return no(message, "403::Unknown client", { reconnect: "handshake", interval: 0 });
    if (!authorised(ctx, request)) return no(message, "401::Authentication invalid", { reconnect: "none", interval: 0 });
    const { replies } = yes(message, { advice: RETRY });
    return { replies: [...session.queue.splice(0), ...replies] };
  }

  async function held(session: Session): Promise<void> {
    const over = new AbortController();
    session.wake = () => over.abort();
    const woken = new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve()));
    await Promise.race([woken, ctx.clock.sleep(HOLD, over.signal).catch(() => {})]);
    over.abort();
    session.wake = null;
  }

  function subscribe(message: Message, session: Session): { replies: object[] } {
    const channel = message.subscription ?? "";
    const about = { subscription: channel };
    if (!isChannel(channel))
      return no(message, `400::The channel you requested to subscribe to does not exist {${channel}}`, null, about);
    const asked = typeof message.ext?.replay === "object" ? message.ext.replay : {};
    const replay = asked[channel] ?? (message.ext?.replay === undefined ? -1 : null);
    if (replay === null) {
      return no(
        message,
        `400::The replayId for channel {${channel}} wasn't found using the provided replay ID map {${JSON.stringify(asked)}}. Ensure that the channel name you provided in the replay map is valid and matches the channel name used for subscribing.`,
        null,
        about,
      );
    }
    const missed = bus.after(replay);
    if (!missed) {
      return no(
        message,
        `400::The replayId {${replay}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`,
        null,
        about,
      );
    }
    session.channels.add(channel);
    session.queue.push(...missed.filter((event) => fits(channel, event)).map((event) => toMessage(channel, event)));
    if (session.queue.length > 0) session.wake?.();
    return yes(message, about);
  }
}

const yes = ({ channel, id, clientId }: Message, more: object): { replies: object[] } => ({
  replies: [{ clientId, channel, id, ...more, successful: true }],
});

const no = (
  { channel, id, clientId }: Message,
  error: string,
  advice: object | null = null,
  more: object = {},
): { replies: object[] } => ({
  replies: [{ clientId, ...(advice ? { advice } : {}), channel, id, ...more, error, successful: false }],
});

const isChannel = (channel: string): boolean =>
  channel === "/data/ChangeEvents" || SELECTED.some((object) => channel === `/data/${object}ChangeEvent`);

const fits = (channel: string, { payload }: KeptEvent): boolean =>
  channel === "/data/ChangeEvents" || channel === `/data/${payload.ChangeEventHeader.entityName}ChangeEvent`;

const toMessage = (channel: string, { replayId, payload }: KeptEvent): object => ({
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
