import getEvents from "@salesforce/apex/SidelightTimeline.getEvents";

/** Apex finds the customer by the record on the page.
 * @param {() => import("@sidelight/panel/session/state.ts").PanelSessionState<import("c/sidelightTransport").RecordSubject>} readState
 * @returns {import("@sidelight/panel/timeline/olderEvents.ts").TimelineTransport} */
export const createApexTimeline = (readState) => ({
  async getPage(_customer, cursor, source) {
    const { subject, candidate } = readState();
    if (!subject) return null;
    const { objectApiName, recordId } = subject;
    const { status, body } = await getEvents({ objectApiName, recordId, candidate, source, cursor });
    return status === 200 && body ? JSON.parse(body) : null;
  },
});
