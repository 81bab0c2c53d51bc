import type { CardsState, PanelCards } from "@sidelight/panel/cards/cards.ts";
import type { PanelSessionState } from "@sidelight/panel/session/state.ts";
import { useEffect, useState, useSyncExternalStore } from "react";

const noCards: CardsState = { cards: [], updatingCards: [] };
const noSubscription = () => () => {};

/** The cards of the customer on screen. Their code is loaded once the layout names cards and a customer is there. */
export function useCards(
  { context, layout }: PanelSessionState,
  loadCards: () => Promise<PanelCards>,
): { state: CardsState; cards: PanelCards | null } {
  const [cards, setCards] = useState<PanelCards | null>(null);
  const isNeeded = cards === null && Boolean(context?.customer && layout?.cards.length);
  useEffect(() => {
    if (!isNeeded) return;
    let isCurrent = true;
    // A failure is tried again with the next customer.
    loadCards().then(
      (loadedCards) => (isCurrent ? setCards(loadedCards) : loadedCards.stop()),
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [isNeeded, loadCards]);
  const state = useSyncExternalStore(cards?.subscribe ?? noSubscription, cards?.state ?? (() => noCards));
  return { state, cards };
}
