import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { type PanelClock, systemClock } from "../clock.ts";
import { limitedCall } from "../session/limitedCall.ts";
import type { PanelSession } from "../session/session.ts";
import type { PanelSessionState } from "../session/state.ts";
import { createTimers } from "../session/timers.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";
import type { CardTransport } from "./transport.ts";

export interface CardsState {
  /** In no order; cards that were not read yet are absent. */
  cards: readonly Card[];
  /** Keys of cards that are being read. */
  updatingCards: readonly string[];
}

/** The cards of the customer on screen. They follow the session, and are gone with its customer. */
export interface PanelCards {
  state(): CardsState;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
  /** True for the key of a card: its Retry is {@link PanelCards.retry}, and not that of the session. */
  has(key: string): boolean;
  /** Reads one card again. The others stay as they are. */
  retry(key: string): Promise<void>;
  /** Ends all reads. */
  stop(): void;
}

export interface PanelCardsOptions<S extends PanelSubject> {
  session: Pick<PanelSession<S>, "state" | "subscribe">;
  transport: CardTransport<S>;
  /** Of the reader, BCP 47. */
  locale(): string;
  clock?: PanelClock;
}

export const cardTiming = {
  /** The API waits up to 6 s for a service. */
  timeoutMs: 10_000,
  /** A service may name a shorter time to live. */
  minWaitMs: 15_000,
};

const blank: CardsState = { cards: [], updatingCards: [] };

/** Reads the cards that the layout names, once a customer is there and visible, and again when their time to live has ended. */
export function createPanelCards<S extends PanelSubject>(options: PanelCardsOptions<S>): PanelCards {
  const { session, transport, locale, clock = systemClock } = options;
  const listeners = new Set<() => void>();
  const timers = createTimers<string>(clock);
  let state = blank;
  /** What the cards belong to; "" while there is nothing to read. */
  let owner = "";
  let reads = new AbortController();
  /** On the monotonic clock, by key: when a card is read next. */
  const dueTimes = new Map<string, number>();

  function set(change: Partial<CardsState>): void {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  }

  /** Drops what belongs to a former customer: also answers that are on their way. */
  function follow(): void {
    const newOwner = ownerOf(session.state());
    if (newOwner !== owner) {
      owner = newOwner;
      reads.abort();
      reads = new AbortController();
      dueTimes.clear();
      timers.cancelAll();
      if (state !== blank) set(blank);
    }
    readDue();
  }

  const layoutCards = (): Layout["cards"] => session.state().layout?.cards ?? [];

  function readDue(): void {
    const { isVisible, isOffline } = session.state();
    timers.cancelAll();
    if (owner === "" || !isVisible || isOffline) return;
    const now = clock.monotonic();
    const idleKeys = layoutCards()
      .map(({ key }) => key)
      .filter((key) => !state.updatingCards.includes(key));
    const dueKeys = idleKeys.filter((key) => (dueTimes.get(key) ?? now) <= now);
    if (dueKeys.length > 0) return void read(dueKeys);
    const next = Math.min(...idleKeys.map((key) => dueTimes.get(key) ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(next)) timers.set("due", next - now, readDue);
  }

  async function read(keys: readonly string[]): Promise<void> {
    const { signal } = reads;
    const request = requestOf(session.state());
    if (!request) return;
    set({ updatingCards: [...new Set([...state.updatingCards, ...keys])] });
    const limits = { timeoutMs: cardTiming.timeoutMs, signal };
    const outcome = await limitedCall(clock, limits, (ownSignal) => transport.load(request, keys, locale(), ownSignal));
    if (signal.aborted) return;
    const answer = "value" in outcome ? outcome.value : null;
    const newCards = layoutCards()
      .filter(({ key }) => keys.includes(key))
      .map((named) => keepLast(answer?.find(({ key }) => key === named.key) ?? unread(named)));
    for (const card of newCards) dueTimes.set(card.key, dueTime(card));
    set({
      cards: [...state.cards.filter(({ key }) => !keys.includes(key)), ...newCards],
      updatingCards: state.updatingCards.filter((key) => !keys.includes(key)),
    });
    readDue();
  }

  /** A failed card keeps its last good content, with its age. */
  function keepLast(card: Card): Card {
    const last = card.state === "error" ? state.cards.find(({ key }) => key === card.key) : undefined;
    return last ? { ...card, components: last.components, loadedAt: last.loadedAt } : card;
  }

  /** A failed card waits for its Retry. */
  const dueTime = ({ timeToLiveSeconds }: Card): number =>
    timeToLiveSeconds === null
      ? Number.POSITIVE_INFINITY
      : clock.monotonic() + Math.max(cardTiming.minWaitMs, timeToLiveSeconds * 1000);

  const unsubscribe = session.subscribe(follow);
  follow();

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    has: (key) => layoutCards().some((card) => card.key === key),
    async retry(key) {
      if (owner === "" || session.state().isOffline || state.updatingCards.includes(key)) return;
      await read([key]);
    },
    stop() {
      unsubscribe();
      reads.abort();
      timers.cancelAll();
    },
  };
}

/** Cards belong to a customer and to what the layout names. An ambiguous, unknown or refused customer has none. */
function ownerOf({ subject, candidate, context, layout, problem }: PanelSessionState): string {
  const isShown = context?.match.state === "resolved" && context.customer !== null && problem?.code !== "forbidden";
  if (!subject || !isShown || !layout || layout.cards.length === 0) return "";
  return JSON.stringify([subject.key, candidate, context.customer?.id, layout.config, layout.cards]);
}

function requestOf<S extends PanelSubject>({ subject, candidate, context }: PanelSessionState<S>): PanelRequest<S> | null {
  return subject && { subject, candidate, customerId: context?.customer?.id ?? null };
}

/** A card that could not be asked for. */
const unread = ({ key, title }: Layout["cards"][number]): Card => ({
  ...{ key, title, state: "error", components: [], loadedAt: null, timeToLiveSeconds: null },
  problem: { code: "unavailable", message: "" },
});
