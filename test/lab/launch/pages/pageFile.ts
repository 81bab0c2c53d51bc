import { readFileSync } from "node:fs";

/** The text of a file of `home/`. */
export const pageFile = (name: string): string => readFileSync(new URL(`./home/${name}`, import.meta.url), "utf8");
