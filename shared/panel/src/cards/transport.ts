import type { Card } from "@sidelight/contracts/cards/card.ts";
import type { PanelRequest, PanelSubject } from "../session/transport.ts";

/** How a host reads cards. */
export interface CardTransport<S extends PanelSubject> {
  /** The cards with these keys; null when they cannot be read, never a rejection. @param locale of the reader, BCP 47 */
  load(request: PanelRequest<S>, keys: readonly string[], locale: string, signal: AbortSignal): Promise<readonly Card[] | null>;
}
