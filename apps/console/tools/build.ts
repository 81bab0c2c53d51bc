import { fileURLToPath } from "node:url";
import * as app from "@sidelight/ui/tools/buildApp.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sharedSources = ["../../shared/client/src", "../../shared/contracts/src", "../../shared/ui/src"];

/** Builds the console into `dist/`, from which the API serves it, unless it is newer than its sources. @returns whether it built */
export const buildConsole = (): Promise<boolean> => app.buildApp(root, sharedSources);

/** @returns the files of libraries that the build contains */
export const buildInto = (outDir: string): Promise<string[]> => app.buildInto(root, outDir);
