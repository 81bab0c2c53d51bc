/** The pages about alerts. The server package has them beside its code: test/tools/server/bundle.ts changes this line. */
export const runbookFolder = new URL("../../../../docs/runbooks/", import.meta.url);
