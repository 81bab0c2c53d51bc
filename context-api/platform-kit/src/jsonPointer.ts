import type { z } from "zod";

/** Where a value is not of its form, as a JSON pointer (RFC 6901); empty for the value itself. Never says what stands there. */
export function pointerOf({ issues }: z.ZodError): string {
  const path = issues[0]?.path ?? [];
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
