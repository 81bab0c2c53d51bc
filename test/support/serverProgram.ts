import { fileURLToPath } from "node:url";

/**
 * The program that tests start as a process. `npm test` bundles it first, because a bundle starts in half the time. A test that is
 * run on its own starts the sources.
 */
export const serverProgram =
  process.env["SIDELIGHT_TEST_PROGRAM"] ?? fileURLToPath(new URL("../../context-api/src/main.ts", import.meta.url));
