import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, type ConfigIssue } from "../config/issues.ts";
import { TenantConfig } from "../config/schema.ts";
import { SecretError } from "../security/secrets/provider.ts";
import { createCallLog } from "../telemetry/callLog.ts";
import { type Connection, type ConnectionDeps, type ConnectionHealth, openConnections } from "./connections.ts";

let clock: ManualClock;
let healthChanges: (string | null)[];
let unexpectedErrors: unknown[];
let readSecret: (name: string) => Promise<string>;
let connector: Partial<Connector>;

const platform = {
  name: "crm",
  label: "CRM",
  options: z.strictObject({ url: z.url() }),
  freshness: { freshMinutes: 60, staleMinutes: 1_440 },
  webhooks: {},
  quotas: () => ({}),
  connect: (_: unknown, tools: { secret(name: string): Promise<string> }) => ({
    streams: [{ name: "accounts" }],
    lookup: async () => await tools.secret("crm"),
    refetch: async () => [],
    ...connector,
  }),
} as unknown as Platform;

beforeEach(() => {
  clock = manualClock(1_000_000);
  [healthChanges, unexpectedErrors, connector] = [[], [], {}];
  readSecret = async () => "value";
});

function open(connections: object[], deps: Partial<ConnectionDeps> = {}): Connection[] {
  return openConnections({
    tenant: "acme",
    config: TenantConfig.parse({ connections }),
    platforms: new Map([["crm", platform]]),
    secrets: { get: (name: string) => readSecret(name) } as unknown as ConnectionDeps["secrets"],
    clock,
    callLog: createCallLog(),
    storedHealth: new Map(),
    onCall: () => {},
    onHealthChange: (connection) => healthChanges.push(connection.health().failure?.code ?? null),
    onUnexpectedError: (_, error) => unexpectedErrors.push(error),
    ...deps,
  });
}

const crm = { id: "crm", platform: "crm", settings: { url: "https://crm.example" } };
const openOne = (deps?: Partial<ConnectionDeps>): Connection => open([crm], deps)[0]!;
const lookup = (connection: Connection) =>
  connection.connector.lookup(
    { by: "email", value: "ada@acme.example" },
    { priority: "interactive", signal: new AbortController().signal },
    async () => new Map(),
  );

describe("the health of a connection", () => {
  it("reports the start of a failure once per code, and the recovery", () => {
    const connection = openOne();
    connection.recordFailure(new PlatformError("timeout", "crm", "slow"));
    clock.advance(1_000);
    connection.recordFailure(new PlatformError("timeout", "crm", "slow"));
    connection.recordFailure(new PlatformError("unavailable", "crm", "down"));
    expect(connection.health()).toMatchObject({ failingSince: 1_000_000, failure: { code: "unavailable", message: "down" } });
    connection.recordSuccess();
    connection.recordSuccess();
    expect(connection.health()).toEqual({ lastSuccessAt: 1_001_000, failingSince: null, failure: null });
    expect(healthChanges).toEqual(["timeout", "unavailable", null]);
  });

  it.each(["quota_exhausted", "rejected", "not_found"] as const)("is not changed by %s", (code) => {
    const connection = openOne();
    connection.recordFailure(new PlatformError(code, "crm", "no outage"));
    expect(connection.health().failure).toBeNull();
    expect(connection.isCircuitOpen()).toBe(false);
    expect(healthChanges).toEqual([]);
  });

  it("continues from the stored health after a restart", () => {
    const stored: ConnectionHealth = {
      lastSuccessAt: 5,
      failingSince: 7,
      failure: { code: "invalid_credentials", message: "refused", retryAt: null },
    };
    const connection = openOne({ storedHealth: new Map([["crm", stored]]) });
    expect(connection.health()).toEqual(stored);
    connection.recordFailure(new PlatformError("invalid_credentials", "crm", "refused"));
    expect(connection.health().failingSince).toBe(7);
    expect(healthChanges).toEqual([]);
  });
});

describe("the circuit of a connection", () => {
  it("is open for five seconds after a failure", () => {
    const connection = openOne();
    connection.recordFailure(new PlatformError("timeout", "crm", "slow"));
    clock.advance(4_999);
    expect(connection.isCircuitOpen()).toBe(true);
    clock.advance(1);
    expect(connection.isCircuitOpen()).toBe(false);
  });

  it("is open until the platform's retry instant when that is later", () => {
    const connection = openOne();
    connection.recordFailure(new PlatformError("rate_limited", "crm", "slow down", { retryAt: clock.now() + 60_000 }));
    clock.advance(59_999);
    expect(connection.isCircuitOpen()).toBe(true);
    clock.advance(1);
    expect(connection.isCircuitOpen()).toBe(false);
  });

  it("closes with a success", () => {
    const connection = openOne();
    connection.recordFailure(new PlatformError("timeout", "crm", "slow"));
    connection.recordSuccess();
    expect(connection.isCircuitOpen()).toBe(false);
  });
});

describe("errors of an adapter", () => {
  it("passes a PlatformError through", async () => {
    const error = new PlatformError("timeout", "crm", "slow");
    connector = { lookup: () => Promise.reject(error) };
    await expect(lookup(openOne())).rejects.toBe(error);
    expect(unexpectedErrors).toEqual([]);
  });

  it("turns any other error into unavailable, and reports it as a defect", async () => {
    const defect = new TypeError("x is undefined");
    connector = { lookup: () => Promise.reject(defect) };
    await expect(lookup(openOne())).rejects.toMatchObject({ name: "PlatformError", code: "unavailable", cause: defect });
    expect(unexpectedErrors).toEqual([defect]);
  });

  it("reports a missing secret as invalid credentials, and an outage of the secret provider as unavailable", async () => {
    const connection = openOne();
    readSecret = () => Promise.reject(new SecretError("the secret crm is not in the secrets file"));
    await expect(lookup(connection)).rejects.toMatchObject({
      code: "invalid_credentials",
      message: "Sign-in is not possible: the secret crm is not in the secrets file.",
    });
    readSecret = () => Promise.reject(new SecretError("the provider is down", { isOutage: true }));
    await expect(lookup(connection)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("opening connections", () => {
  const issuesOf = (connections: object[]): readonly ConfigIssue[] => {
    try {
      open(connections);
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
      throw error;
    }
    throw new Error("the configuration was accepted");
  };

  it("reports the problems of all connections at once, each with its path", () => {
    const issues = issuesOf([
      { ...crm, id: "one", platform: "hubspot" },
      { ...crm, id: "two", settings: { url: "no URL" } },
      { ...crm, id: "three", sync: { orders: { mode: "every", minutes: 5 } } },
    ]);
    expect(issues.map(({ path }) => path)).toEqual([
      ["tenants", "acme", "connections", 0, "platform"],
      ["tenants", "acme", "connections", 1, "settings", "url"],
      ["tenants", "acme", "connections", 2, "sync", "orders"],
    ]);
    expect(issues[0]!.message).toBe("unknown platform hubspot; use one of: crm");
    expect(issues[2]!.message).toBe("unknown stream orders; use one of: accounts");
  });

  it("reuses an open connection", () => {
    const reusable = openOne();
    expect(open([crm], { reusable: new Map([["crm", reusable]]) })).toEqual([reusable]);
  });

  it("uses the configured freshness, else the platform's", () => {
    expect(openOne()).toMatchObject({ freshMs: 3_600_000, staleMs: 86_400_000 });
    const [connection] = open([{ ...crm, freshness: { freshMinutes: 5, staleMinutes: 10 } }]);
    expect(connection).toMatchObject({ freshMs: 300_000, staleMs: 600_000 });
  });

  it("uses a stream's schedule, else the default one, else the platform's", () => {
    const sync = { accounts: { mode: "every", minutes: 5 }, default: { mode: "nightly", at: "02:30" } };
    const [connection] = open([{ ...crm, sync }]);
    expect(connection!.schedule("accounts")).toEqual({ mode: "every", minutes: 5 });
    expect(connection!.schedule("leads")).toEqual({ mode: "nightly", at: "02:30" });
    expect(openOne().schedule("accounts")).toBeNull();
  });
});
