/** The built Zendesk app. The server package has it beside its code: test/tools/server/bundle.ts changes this line. */
export const zendeskAppFolder = new URL("../../../../apps/zendesk/dist/", import.meta.url);
