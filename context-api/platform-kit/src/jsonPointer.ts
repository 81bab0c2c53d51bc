import type { z } from "zod";

/** JSON pointer (RFC 6901) of the first value that failed validation; empty for the root. It never contains a value. */
export function pointerOf({ issues }: z.ZodError): string {
  const path = issues[0]?.path ?? [];
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
