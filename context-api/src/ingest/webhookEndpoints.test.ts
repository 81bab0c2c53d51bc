import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, type ConfigIssue } from "../config/issues.ts";
import type { WebhookConfig } from "../config/schema.ts";
import type { Connection } from "../connections/connections.ts";
import { openWebhookEndpoints, type WebhookEndpoint } from "./webhookEndpoints.ts";

const platform = {
  name: "crm",
  label: "CRM",
  webhooks: { events: { options: z.strictObject({ secret: z.string() }) } },
} as unknown as Platform;

const webhook = (config: Partial<WebhookConfig> = {}): WebhookConfig => ({
  kind: "events",
  token: "path-token",
  allowFrom: [],
  requestsPerMinute: 30_000,
  secret: "signing-secret",
  ...config,
});

function open(webhooks: WebhookConfig[], secrets: Record<string, string> = { "path-token": "t0ken" }, now = () => 0) {
  const connection = { id: "crm", platform, webhooks } as unknown as Connection;
  const secret = async (name: string): Promise<string> => {
    const value = secrets[name];
    if (value === undefined) throw new Error(`no secret ${name}`);
    return value;
  };
  return openWebhookEndpoints({ tenant: "acme", connections: [connection], secret, now });
}

describe("finding a webhook endpoint", () => {
  it("returns the endpoint with its parsed options for the platform and token of its path", async () => {
    const endpoint = await open([webhook()]).find("crm", "t0ken");
    expect(endpoint).toMatchObject({ kind: "events", options: { secret: "signing-secret" }, requestsPerMinute: 30_000 });
  });

  it.each([
    ["another platform", "helpdesk", "t0ken"],
    ["another token", "crm", "t0kem"],
    ["the name of the secret", "crm", "path-token"],
    ["an empty token", "crm", ""],
  ])("returns null for %s", async (_, name, token) => {
    expect(await open([webhook()]).find(name, token)).toBeNull();
  });

  it("closes only the endpoint whose secret is missing", async () => {
    const endpoints = open([webhook({ token: "missing" }), webhook()]);
    expect(await endpoints.find("crm", "t0ken")).not.toBeNull();
    expect(await endpoints.find("crm", "missing")).toBeNull();
  });

  it("reads a rotated token after thirty seconds", async () => {
    let now = 0;
    const secrets = { "path-token": "old" };
    const endpoints = open([webhook()], secrets, () => now);
    await endpoints.find("crm", "old");
    secrets["path-token"] = "new";
    expect(await endpoints.find("crm", "new")).toBeNull();
    now = 30_000;
    expect(await endpoints.find("crm", "new")).not.toBeNull();
    expect(await endpoints.find("crm", "old")).toBeNull();
  });

  it("returns the endpoint of a stored request by connection and kind", () => {
    const endpoints = open([webhook()]);
    expect(endpoints.byName("crm", "events")).not.toBeNull();
    expect(endpoints.byName("crm", "callouts")).toBeNull();
    expect(endpoints.byName("other", "events")).toBeNull();
  });
});

describe("an allow list", () => {
  const isAllowed = (networks: string[], address: string | null): boolean =>
    (open([webhook({ allowFrom: networks })]).byName("crm", "events") as WebhookEndpoint).isAllowed(address);

  it.each([
    [[], "198.51.100.1", true],
    [[], null, true],
    [["203.0.113.0/24"], "203.0.113.0", true],
    [["203.0.113.0/24"], "203.0.113.255", true],
    [["203.0.113.0/24"], "203.0.114.0", false],
    [["203.0.113.7/32"], "203.0.113.7", true],
    [["203.0.113.7/32"], "203.0.113.8", false],
    [["0.0.0.0/0"], "198.51.100.1", true],
    [["203.0.113.0/24", "198.51.100.0/24"], "198.51.100.1", true],
    [["2001:db8::/32"], "2001:db8:1::1", true],
    [["2001:db8::/32"], "2001:db9::1", false],
    [["2001:db8::/32"], "203.0.113.1", false],
    [["203.0.113.0/24"], "2001:db8::1", false],
    [["203.0.113.0/24"], null, false],
  ])("of %j for %s: %s", (networks, address, isAccepted) => {
    expect(isAllowed(networks, address)).toBe(isAccepted);
  });

  it("compares an IPv4 address that a dual-stack socket shows in IPv6 form", () => {
    expect(isAllowed(["203.0.113.0/24"], "::ffff:203.0.113.9")).toBe(true);
    expect(isAllowed(["203.0.113.0/24"], "::FFFF:198.51.100.9")).toBe(false);
  });
});

describe("an invalid webhook configuration", () => {
  const issues = (config: Partial<WebhookConfig>): readonly ConfigIssue[] => {
    try {
      open([webhook(), webhook(config)]);
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
      throw error;
    }
    throw new Error("the configuration was accepted");
  };

  it("names the valid kinds for an unknown kind", () => {
    expect(issues({ kind: "emails" })).toMatchObject([
      {
        path: ["tenants", "acme", "connections", 0, "webhooks", 1, "kind"],
        message: "CRM has no webhook of kind emails; use one of: events",
      },
    ]);
  });

  it("does not take a member of Object for a kind", () => {
    expect(issues({ kind: "constructor" })[0]!.message).toContain("no webhook of kind constructor");
  });

  it("reports options that the source does not accept", () => {
    const [issue] = issues({ secret: 7 });
    expect(issue!.path).toEqual(["tenants", "acme", "connections", 0, "webhooks", 1, "secret"]);
  });
});
