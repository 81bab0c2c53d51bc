import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { type NamedSecret, secretsNamedBy } from "@sidelight/platform-kit/settings.ts";
import type { ConnectionConfig } from "../config/schema.ts";

/** Guessing a shorter token is possible with many requests. */
const minTokenLength = 16;

const token: Omit<NamedSecret, "path" | "name"> = {
  description: "the end of the webhook's URL",
  problem: (value) => {
    if (!/^[A-Za-z0-9._~-]+$/.test(value)) return "contains characters that a URL does not keep; use A-Z a-z 0-9 . _ ~ -";
    return value.length < minTokenLength ? `has fewer than ${minTokenLength} characters` : null;
  },
};

/** Every secret that a connection's configuration names, with the path of its setting in the connection. */
export function connectionSecrets(config: ConnectionConfig, platform: Platform, now: number): NamedSecret[] {
  const webhooks = config.webhooks.flatMap(({ kind, token: tokenName, allowFrom: _, requestsPerMinute: __, ...options }, i) => {
    const path = ["webhooks", String(i)];
    const source = Object.hasOwn(platform.webhooks, kind) ? platform.webhooks[kind] : undefined;
    const namedSecrets = source ? secretsNamedBy(source.options, withoutExpired(options, now), path) : [];
    return [{ ...token, path: [...path, "token"], name: tokenName }, ...namedSecrets];
  });
  return [...secretsNamedBy(platform.options, config.settings, ["settings"]), ...webhooks];
}

/** The previous secret of a rotation is not read after its end. */
function withoutExpired(options: Record<string, unknown>, now: number): Record<string, unknown> {
  const previous = options["previous"] as { until?: unknown } | undefined;
  if (!previous || Date.parse(String(previous.until)) > now) return options;
  return { ...options, previous: undefined };
}
