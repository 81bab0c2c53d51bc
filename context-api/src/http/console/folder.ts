/** The built console. The server package has it beside its code: test/tools/server/bundle.ts changes this line. */
export const consoleFolder = new URL("../../../../apps/console/dist/", import.meta.url);
