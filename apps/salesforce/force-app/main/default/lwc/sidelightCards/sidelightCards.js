import getCards from "@salesforce/apex/SidelightCards.getCards";
import locale from "@salesforce/i18n/locale";
import { createPanelCards } from "c/sidelightCardsModel";

/**
 * @typedef {import("c/sidelightTransport").RecordSubject} RecordSubject
 * @typedef {import("@sidelight/panel/session/session.ts").PanelSession<RecordSubject>} RecordSession
 */

/** The cards of the record on screen. The panel loads this module once its layout names cards.
 * @param {RecordSession} session */
export const createRecordCards = (session) => createPanelCards({ session, transport: { load }, locale: () => locale });

/** @type {import("@sidelight/panel/cards/transport.ts").CardTransport<RecordSubject>["load"]} */
async function load({ subject: { objectApiName, recordId }, candidate }, keys) {
  try {
    const { status, body } = await getCards({ objectApiName, recordId, candidate, keys: [...keys], locale });
    return status === 200 && body ? JSON.parse(body).items : null;
  } catch {
    return null;
  }
}
