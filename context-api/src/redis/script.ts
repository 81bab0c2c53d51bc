import { createHash } from "node:crypto";
import type { RedisScript } from "./sharedState.ts";

/** A script in Lua. Its keys are in `KEYS` with the prefix of Sidelight, its arguments in `ARGV` as text. */
export const redisScript = (source: string): RedisScript => ({
  source,
  sha: createHash("sha1").update(source).digest("hex"),
});
