import { hash } from "node:crypto";
import type { WebhookSource } from "@sidelight/platform-kit/webhook.ts";
import { ConfigError, type ConfigIssue, issuesOf } from "../config/issues.ts";
import type { Connection } from "../connections/connections.ts";
import { networkMatcher, parseAddress } from "../security/addresses.ts";

/** One webhook of one connection. */
export interface WebhookEndpoint {
  connection: Connection;
  /** Its kind in the configuration. */
  kind: string;
  source: WebhookSource;
  options: unknown;
  requestsPerMinute: number;
  /** True when the configuration allows requests from this address. */
  isAllowed(address: string | null): boolean;
}

export interface WebhookEndpoints {
  /** The endpoint of a path; null when platform or token is wrong. */
  find(platform: string, token: string): Promise<WebhookEndpoint | null>;
  /** The endpoint of a stored request. */
  byName(connection: string, kind: string): WebhookEndpoint | null;
}

/** A rotated token is read again after this long, ms. */
const tokenCacheMs = 30_000;

export interface WebhookEndpointDeps {
  tenant: string;
  connections: readonly Connection[];
  secret(name: string): Promise<string>;
  /** Ms by a clock that never steps. */
  now(): number;
}

/** @throws {ConfigError} for a kind that the platform doesn't have, or invalid options */
export function openWebhookEndpoints({ tenant, connections, secret, now }: WebhookEndpointDeps): WebhookEndpoints {
  const issues: ConfigIssue[] = [];
  const entries = connections.flatMap((connection, index) =>
    connection.webhooks.flatMap((config, i) => {
      const { kind, token, allowFrom, requestsPerMinute, ...sourceOptions } = config;
      const path = ["tenants", tenant, "connections", index, "webhooks", i];
      const source = Object.hasOwn(connection.platform.webhooks, kind) ? connection.platform.webhooks[kind] : undefined;
      if (!source) {
        const kinds = Object.keys(connection.platform.webhooks).join(", ") || "none";
        const message = `${connection.platform.label} has no webhook of kind ${kind}; use one of: ${kinds}`;
        issues.push({ path: [...path, "kind"], message, location: null });
        return [];
      }
      const options = source.options.safeParse(sourceOptions);
      if (!options.success) {
        issues.push(...issuesOf(options.error, path));
        return [];
      }
      const isAllowed = allowList(allowFrom);
      const endpoint: WebhookEndpoint = { connection, kind, source, options: options.data, requestsPerMinute, isAllowed };
      return [{ endpoint, token }];
    }),
  );
  if (issues.length > 0) throw new ConfigError(issues);
  let byToken = new Map<string, WebhookEndpoint>();
  let readAt = Number.NEGATIVE_INFINITY;

  return {
    async find(platform, token) {
      if (entries.length === 0) return null;
      if (now() - readAt >= tokenCacheMs) {
        byToken = await readTokens();
        readAt = now();
      }
      const endpoint = byToken.get(digest(token));
      return endpoint?.connection.platform.name === platform ? endpoint : null;
    },
    byName: (connection, kind) =>
      entries.find(({ endpoint }) => endpoint.connection.id === connection && endpoint.kind === kind)?.endpoint ?? null,
  };

  /** Keyed by digest, so that the time of a look-up reveals nothing of a token. A missing secret closes its own endpoint only. */
  async function readTokens(): Promise<Map<string, WebhookEndpoint>> {
    const endpoints = new Map<string, WebhookEndpoint>();
    for (const { endpoint, token } of entries) {
      const value = await secret(token).catch(() => null);
      if (value) endpoints.set(digest(value), endpoint);
    }
    return endpoints;
  }
}

const digest = (token: string): string => hash("sha256", token, "base64");

function allowList(networks: string[]): WebhookEndpoint["isAllowed"] {
  if (networks.length === 0) return () => true;
  const isInNetworks = networkMatcher(networks);
  return (text) => {
    const address = text === null ? null : parseAddress(text);
    return address !== null && isInNetworks(address);
  };
}
