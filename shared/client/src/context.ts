import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName, TimelineItem } from "@sidelight/contracts/context/sections.ts";
import type { Layout, PanelPlaceName } from "@sidelight/contracts/sessions/layout.ts";
import type { PanelSession } from "@sidelight/contracts/sessions/session.ts";
import { errorFrom, SidelightError } from "./error.ts";
import { type ListOptions, type Page, pageFrom } from "./lists.ts";
import { isPersonal } from "./refs.ts";
import type { ApiAnswer, CallOptions, Sender } from "./send.ts";

/** Whom a layout is for. */
export interface LayoutOptions extends CallOptions {
  /** Where a panel shows the answer. */
  place?: PanelPlaceName;
  /** Groups or profiles of the reader, as the platform names them. */
  teams?: readonly string[];
  /** Language of the labels, BCP 47; English by default. */
  locale?: string;
}

/** With `place`, the context has the member `layout`. */
export interface ContextOptions extends LayoutOptions {
  /** All by default. */
  sections?: readonly SectionName[];
  /** How long the API may wait for platforms, ms; 900 by default. */
  deadlineMs?: number;
  /** The context as it was known at this instant, RFC 3339. No platform is asked. */
  at?: string;
  /** Only these members, as JSON pointers: "/sections/account/data/arr". */
  fields?: readonly string[];
}

export interface CardOptions extends CallOptions {
  keys?: readonly string[];
  /** Language of the reader, BCP 47; English by default. */
  locale?: string;
}

export interface ContextAnswer {
  context: Context;
  /** What answered: memory, redis, store or platform; null for e-mail and phone refs. */
  tier: string | null;
  requestId: string | null;
  /** For `getContextIfChanged`; null for e-mail and phone refs. */
  etag: string | null;
}

export type ContextOrError = { context: Context } | { error: SidelightError };

export function contextOperations({ send, sendOptional }: Sender) {
  async function getContexts(refs: readonly string[], options: ContextOptions = {}): Promise<ContextOrError[]> {
    const { sections, signal } = options;
    const { body, headers } = await send(
      "/v1/contexts",
      { method: "POST", body: { refs, ...(sections ? { sections } : {}), ...layoutQuery(options) }, signal },
      "contexts",
    );
    return body.items.map((item) => ("match" in item ? { context: item } : { error: errorFrom(item, item.status, headers) }));
  }

  async function getPersonalContext(ref: string, options: ContextOptions): Promise<ContextAnswer> {
    const [item] = await getContexts([ref], options);
    if (!item) throw new SidelightError("unexpected_answer", "The API left out the context that was requested.");
    if ("error" in item) throw item.error;
    return { context: item.context, tier: null, requestId: null, etag: null };
  }

  return {
    /**
     * Everything known of one customer. Unknown and ambiguous customers are answers too: see `context.match.state`. E-mail and
     * phone refs travel in the body of `POST /v1/contexts`, which takes `sections` alone.
     */
    async getContext(ref: string, options: ContextOptions = {}): Promise<ContextAnswer> {
      if (isPersonal(ref)) return await getPersonalContext(ref, options);
      return answerFrom(await send(contextPath(ref), { query: queryOf(options), signal: options.signal }, "context"));
    },

    /** The same; null while the answer that `etag` names is still current. */
    async getContextIfChanged(ref: string, etag: string, options: ContextOptions = {}): Promise<ContextAnswer | null> {
      if (isPersonal(ref)) return await getPersonalContext(ref, options);
      const headers = { "if-none-match": etag };
      const answer = await sendOptional(
        contextPath(ref),
        { query: queryOf(options), headers, signal: options.signal },
        "context",
      );
      return answer && answerFrom(answer);
    },

    /** Asks the platforms, then answers. `rate_limited` within 30 seconds of the last refresh of the same customer. */
    async refreshContext(ref: string, options: ContextOptions = {}): Promise<ContextAnswer> {
      const path = `${contextPath(ref)}/refresh`;
      return answerFrom(await send(path, { method: "POST", query: queryOf(options), signal: options.signal }, "context"));
    },

    /** Up to 100 customers, in order: each a context, or the error of this one ref. */
    getContexts,

    /** What a panel shows to this caller. Load it again when a context names another version of the configuration. */
    async getLayout(options: LayoutOptions = {}): Promise<Layout> {
      return (await send("/v1/layout", { query: layoutQuery(options), signal: options.signal }, "layout")).body;
    },

    /** Cards of your own services about a customer. `keys` are those of the configuration; all by default. */
    async getCards(ref: string, options: CardOptions = {}): Promise<Card[]> {
      const { keys, locale, signal } = options;
      const body = { ref, ...(keys ? { keys: [...keys] } : {}), ...(locale === undefined ? {} : { locale }) };
      return (await send("/v1/cards", { method: "POST", body, signal }, "cards")).body.items;
    },

    /** What happened to a customer, newest first. `type` is a kind of item: "ticket_created". */
    async getTimeline(ref: string, options: ListOptions = {}): Promise<Page<TimelineItem>> {
      return await pageFrom(send, `/v1/timeline/${encodeURIComponent(ref)}`, options, "timeline");
    },

    /** A token that a panel may hold in a browser: it reads this one customer for ten minutes. */
    async createSession(ref: string, { signal }: CallOptions = {}): Promise<PanelSession> {
      return (await send("/v1/sessions", { method: "POST", body: { ref }, signal }, "session")).body;
    },
  };
}

export const contextPath = (ref: string): string => `/v1/context/${encodeURIComponent(ref)}`;

export function queryOf({ sections, deadlineMs, at, fields, ...layout }: ContextOptions) {
  return { sections: sections?.join(","), deadline: deadlineMs, at, fields: fields?.join(","), ...layoutQuery(layout) };
}

function layoutQuery({ place, teams, locale }: LayoutOptions) {
  return {
    ...(place === undefined ? {} : { place }),
    ...(teams && teams.length > 0 ? { team: teams.join("|") } : {}),
    ...(locale === undefined ? {} : { locale }),
  };
}

function answerFrom({ body, headers }: ApiAnswer<Context>): ContextAnswer {
  return {
    context: body,
    tier: headers.get("x-sidelight-tier"),
    requestId: headers.get("x-request-id"),
    etag: headers.get("etag"),
  };
}
