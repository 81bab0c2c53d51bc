import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as app from "@sidelight/ui/tools/buildApp.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sharedSources = ["../../shared/panel/src", "../../shared/client/src", "../../shared/ui/src"];

/** The built app, from which the lab's host page serves it. */
export const zendeskAppDist = join(root, "dist");

/** Builds the app into `dist/`, unless that is newer than every source file. @returns whether it built */
export const buildZendeskApp = (): Promise<boolean> => app.buildApp(root, sharedSources);

/** @returns the files of libraries that the build contains */
export const buildInto = (outDir: string): Promise<string[]> => app.buildInto(root, outDir);
