import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, type ConfigIssue } from "../config/issues.ts";
import { TenantConfig } from "../config/schema.ts";
import { SecretError } from "../security/secrets/provider.ts";
import { discardedCalls } from "../telemetry/callLog.ts";
import { type Connection, type ConnectionDeps, openConnections } from "./connections.ts";
import { runProbes } from "./probe.ts";

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
    streams: [{ name: "accounts", objects: ["account"] }],
    lookup: async (...args: unknown[]) =>
      await ((connector.lookup as ((...args: unknown[]) => Promise<unknown>) | undefined)?.(...args) ?? tools.secret("crm")),
    refetch: async () => [],
    check: async () => {},
    ...(({ lookup: _, ...rest }) => rest)(connector),
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
    callLog: discardedCalls,
    lastAnswers: new Map(),
    onCircuitChange: () => {},
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

const fail = async (connection: Connection, error: PlatformError, times = 1): Promise<void> => {
  connector.lookup = () => Promise.reject(error);
  for (let i = 0; i < times; i++) await lookup(connection).catch(() => {});
};
const callSuccessfully = async (connection: Connection): Promise<void> => {
  connector.lookup = async () => [];
  await lookup(connection);
};
const timeout = new PlatformError("timeout", "crm", "slow");
const circuit = (connection: Connection, kind: string) => connection.circuits.list().find((status) => status.kind === kind);

describe("the health of a connection", () => {
  it("is not changed by one late answer", async () => {
    const connection = openOne();
    await fail(connection, timeout);
    expect(connection.health()).toEqual({ lastSuccessAt: null, failingSince: null, failure: null });
    expect(healthChanges).toEqual([]);
  });

  it("reports five failures in a row once per code, and the recovery by the first success after 60 seconds", async () => {
    const connection = openOne();
    await fail(connection, timeout, 4);
    clock.advance(1_000);
    await fail(connection, timeout);
    const failure = { code: "timeout", message: "slow", nextAction: null, retryAt: 1_061_000 };
    expect(connection.health()).toEqual({ lastSuccessAt: null, failingSince: 1_001_000, failure });
    clock.advance(60_000);
    await fail(connection, new PlatformError("unavailable", "crm", "down"));
    clock.advance(60_000);
    await callSuccessfully(connection);
    expect(connection.health()).toEqual({ lastSuccessAt: 1_121_000, failingSince: null, failure: null });
    expect(healthChanges).toEqual(["timeout", "unavailable", null]);
  });

  it("is unaffected by failures with answers in between", async () => {
    const connection = openOne();
    await fail(connection, timeout, 4);
    await callSuccessfully(connection);
    await fail(connection, timeout, 4);
    await fail(connection, new PlatformError("not_found", "crm", "no such record"));
    await fail(connection, timeout, 4);
    expect(connection.health().failure).toBeNull();
  });

  it.each([
    ["our own quota", new PlatformError("quota_exhausted", "crm", "used up")],
    ["a refused record", new PlatformError("rejected", "crm", "400")],
    ["a missing record", new PlatformError("not_found", "crm", "404")],
    ["the platform's rate limit", new PlatformError("rate_limited", "crm", "429")],
    ["an answer that could not be used", new PlatformError("unavailable", "crm", "odd", { isPlatformFault: false })],
    ["our own deadline", new PlatformError("timeout", "crm", "we stopped waiting", { isPlatformFault: false })],
  ])("is not changed by %s", async (_, error) => {
    const connection = openOne();
    await fail(connection, error, 10);
    expect(connection.health().failure).toBeNull();
    expect(healthChanges).toEqual([]);
  });

  it("is not changed by an error of our own", async () => {
    const connection = openOne();
    connector.lookup = () => Promise.reject(new TypeError("x is undefined"));
    for (let i = 0; i < 10; i++) await lookup(connection).catch(() => {});
    expect(connection.health().failure).toBeNull();
  });

  it("shows a refused sign-in at once", async () => {
    const connection = openOne();
    await fail(connection, new PlatformError("invalid_credentials", "crm", "refused"));
    expect(connection.health()).toMatchObject({ failingSince: 1_000_000, failure: { code: "invalid_credentials" } });
  });

  it("continues from the last answer before a restart, and no circuit stays open", () => {
    const connection = openOne({ lastAnswers: new Map([["crm", 5]]) });
    expect(connection.health()).toEqual({ lastSuccessAt: 5, failingSince: null, failure: null });
  });
});

describe("the circuits of a connection", () => {
  it("refuse calls while open, without a request", async () => {
    const connection = openOne();
    await fail(connection, timeout, 5);
    let calls = 0;
    connector.lookup = async () => {
      calls += 1;
      return [];
    };
    await expect(lookup(connection)).rejects.toMatchObject({ code: "timeout", isNotSent: true, retryAt: 1_060_000 });
    expect(calls).toBe(0);
    expect(circuit(connection, "read")).toEqual({
      kind: "read",
      state: "open",
      since: 1_000_000,
      failures: 5,
      nextProbeAt: 1_060_000,
      lastSuccessAt: null,
      failure: { code: "timeout", message: "slow", nextAction: null },
    });
  });

  it("allow exactly one probe when half-open", async () => {
    const connection = openOne();
    await fail(connection, timeout, 5);
    clock.advance(60_000);
    let calls = 0;
    const answer = Promise.withResolvers<[]>();
    connector.lookup = () => {
      calls += 1;
      return answer.promise;
    };
    const probe = lookup(connection);
    await expect(lookup(connection)).rejects.toMatchObject({ isNotSent: true });
    answer.resolve([]);
    await probe;
    await lookup(connection);
    expect(calls).toBe(2);
  });

  it("stay usable when the probe ends without evidence", async () => {
    const connection = openOne();
    await fail(connection, timeout, 5);
    clock.advance(60_000);
    await fail(connection, new PlatformError("quota_exhausted", "crm", "used up"));
    await callSuccessfully(connection);
    expect(circuit(connection, "read")!.state).toBe("closed");
  });

  it("use the configured numbers", async () => {
    const connection = open([{ ...crm, circuitBreaker: { failures: 2, openSeconds: 10 } }])[0]!;
    await fail(connection, timeout, 2);
    expect(circuit(connection, "read")).toMatchObject({ state: "open", nextProbeAt: 1_010_000 });
  });

  it("are independent: a failing stream or action opens no other circuit", async () => {
    const failure = { state: "failed", cause: "unavailable", message: "503", isRetryable: true, retryAt: null } as const;
    let outcomes: Outcome[] = [failure];
    connector = {
      streams: ["accounts", "leads"].map((name) => ({
        name,
        objects: [name],
        intervalMs: 1,
        pull: () =>
          (async function* () {
            if (name === "leads") throw timeout;
            yield { records: [], checkpoint: null };
          })(),
      })),
      actions: { note: { summary: "", input: z.unknown(), batch: 1, sameAs: () => null, perform: async () => outcomes } },
    };
    const connection = openOne();
    const pull = async (name: string) => {
      const stream = connection.connector.streams.find((candidate) => candidate.name === name)!;
      for await (const _ of stream.pull({} as never)) break;
    };
    for (let i = 0; i < 5; i++) {
      await pull("leads").catch(() => {});
      await connection.connector.actions!["note"]!.perform([], {} as never);
    }
    await pull("accounts");
    await callSuccessfully(connection);
    expect(connection.circuits.list().map(({ kind, state }) => [kind, state])).toEqual([
      ["read", "closed"],
      ["pull.accounts", "closed"],
      ["pull.leads", "open"],
      ["write.note", "open"],
    ]);
    expect(connection.readFailure(["accounts"])).toBeNull();
    expect(connection.readFailure(["leads"])).toMatchObject({ code: "timeout" });
    outcomes = [failure, { state: "done", ref: null, hasWritten: true }];
    clock.advance(60_000);
    await connection.connector.actions!["note"]!.perform([], {} as never);
    expect(circuit(connection, "write.note")!.state).toBe("closed");
  });
});

describe("probes of a connection without calls", () => {
  it("close its circuit when the platform answers again", async () => {
    let isDown = true;
    let checks = 0;
    connector.check = () => {
      checks += 1;
      return isDown ? Promise.reject(timeout) : Promise.resolve();
    };
    const connection = openOne();
    await fail(connection, timeout, 5);
    const stop = new AbortController();
    const probes = runProbes({ connection, clock }, stop.signal);
    const advance = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1_000);
        await new Promise(setImmediate);
      }
    };
    await advance(125);
    expect(checks).toBe(2);
    isDown = false;
    await advance(62);
    expect(circuit(connection, "read")!.state).toBe("closed");
    await advance(300);
    expect(checks).toBe(3);
    stop.abort();
    await probes;
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
    await expect(lookup(openOne())).rejects.toMatchObject({ code: "unavailable" });
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
