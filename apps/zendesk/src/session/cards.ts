import { trustAnswers } from "@sidelight/client/answers.ts";
import { contextOperations } from "@sidelight/client/context.ts";
import { createSender } from "@sidelight/client/send.ts";
import { createPanelCards, type PanelCards } from "@sidelight/panel/cards/cards.ts";
import type { CardTransport } from "@sidelight/panel/cards/transport.ts";
import type { PanelSession } from "@sidelight/panel/session/session.ts";
import type { Host } from "../zaf/host.ts";
import { credentialsOf, type PageSession } from "./pageSession.ts";
import type { ZendeskSubject } from "./subject.ts";

/** Reads cards with the session of the person, or through Zendesk's proxy, where the API key stays. */
export function createCardTransport(host: Host, apiUrl: string, page: PageSession | null): CardTransport<ZendeskSubject> {
  const headers = { "x-sidelight-panel": "zendesk" };
  const client = contextOperations(
    createSender({ baseUrl: apiUrl, headers, ...credentialsOf(host, page), timeoutMs: 15_000 }, trustAnswers),
  );
  return {
    load: ({ candidate, subject }, keys, locale, signal) =>
      client.getCards(candidate ?? subject.ref, { keys, locale, signal }).catch(() => null),
  };
}

export interface ZafCardsOptions {
  host: Host;
  apiUrl: string;
  page: PageSession | null;
  session: PanelSession<ZendeskSubject>;
  locale: () => string;
}

/** The cards of the customer on screen. */
export const createZafCards = ({ host, apiUrl, page, session, locale }: ZafCardsOptions): PanelCards =>
  createPanelCards({ session, transport: createCardTransport(host, apiUrl, page), locale });
