import type { Clock } from "@sidelight/model/clock.ts";
import type { LoadedCard } from "@sidelight/platform-kit/cards.ts";
import { LRUCache } from "lru-cache";
import { type Invalidations, type ReadState, stillHolds } from "../../cache/answerCache.ts";

/** A card with the time of its answer. */
export interface KeptCard {
  card: LoadedCard;
  /** Epoch ms. */
  loadedAt: number;
}

interface Entry extends KeptCard, ReadState {
  /** By the monotonic clock. */
  endsAt: number;
}

/** Cards of a tenant's services, in the memory of this process. */
export interface CardCache {
  /** The card, until the service's own time to live ends or an event changes the customer; null when there is none. */
  get(key: string, log: Invalidations): KeptCard | null;
  set(key: string, card: KeptCard, state: ReadState): void;
}

const maxCards = 2_000;

export function createCardCache(clock: Pick<Clock, "monotonic">): CardCache {
  const cards = new LRUCache<string, Entry>({ max: maxCards });
  return {
    get(key, log) {
      const entry = cards.get(key);
      if (entry && clock.monotonic() < entry.endsAt && stillHolds(entry, log)) return entry;
      cards.delete(key);
      return null;
    },
    set(key, keptCard, state) {
      cards.set(key, { ...keptCard, ...state, endsAt: clock.monotonic() + keptCard.card.timeToLiveSeconds * 1000 });
    },
  };
}
