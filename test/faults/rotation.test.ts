import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { advanceUntil, idle } from "@sidelight/test-support/advance.ts";
import { awsError, type SecretsManager, secretsManager } from "@sidelight/test-support/secretsManager.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { labSecrets } from "../lab/launch/config.ts";
import { TOKEN_ROWS } from "../lab/world/tenant.ts";

const platforms = ["salesforce", "zendesk", "mixpanel"] as const;
type Name = (typeof platforms)[number];
const minute = 60_000;

let harness: Harness;
afterEach(() => harness.close());

/** Otherwise Mixpanel is pulled every half hour, too long for this test. */
const lively = (config: ConfigTree): void => {
  config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel").settings.pullEverySeconds = 60;
};

/** As an administrator rotates it on the platform's page: another secret is valid, and no session of the old one. */
function rotateAt(platform: Name, value: string): void {
  const { registered, world } = harness.lab.tenants["acme"]!;
  if (platform === "mixpanel") registered.mixpanel.secret = value;
  else registered[platform].clientSecret = value;
  world.change(() => {
    for (const { key } of [...world.meta.values()]) if (key.startsWith(TOKEN_ROWS)) world.meta.remove(key);
  });
}

async function connection(platform: Name): Promise<ConnectionStatus> {
  const { body } = await harness.request<{ items: ConnectionStatus[] }>("/v1/connections");
  return body.items.find((c) => c.id === platform)!;
}

/** Log lines of one connection by level: 30 info, 50 error. */
const lines = (platform: Name, level: number) =>
  harness.logged
    .map((line) => JSON.parse(line) as { level: number; tenant?: string; connection?: string; msg: string })
    .filter((line) => line.level === level && line.tenant === "acme" && line.connection === platform);

/** Advances the clock by a second a turn, until the connection has the state. */
async function waitForState(platform: Name, state: ConnectionStatus["state"]): Promise<void> {
  await advanceUntil(
    harness.clock,
    1_000,
    `${platform} to be ${state}`,
    async () => (await connection(platform)).state === state,
  );
}

/** Advances the clock by `ms` in steps, and runs what is due. */
async function advance(ms: number, stepMs = 1_000): Promise<void> {
  for (let elapsedMs = 0; elapsedMs < ms; elapsedMs += stepMs) {
    harness.clock.advance(stepMs);
    await idle(harness.clock);
  }
}

/** Number of sign-ins at a platform since an index of the request log. */
function signIns(platform: Name, since: number): number {
  const attempts = harness.requests(undefined, since).filter((r) => r.platform === platform && r.tenant === "acme");
  return platform === "mixpanel" ? attempts.length : attempts.filter((r) => /oauth2?\/tokens?/.test(r.path)).length;
}

const newest = async (platform: Name): Promise<number> =>
  Math.max(...(await connection(platform)).streams.map((s) => Date.parse(s.lastPullAt!)));

describe("a refused credential, with a secrets file", () => {
  beforeEach(async () => {
    harness = await openHarness({ configure: lively });
  });

  it.each(platforms)(
    "%s: raises one alert at once, and clears it when the file has the new secret, without a restart",
    async (platform) => {
      expect((await connection(platform)).state).toBe("ok");
      rotateAt(platform, "rotated-s3cret");
      await waitForState(platform, "invalid_credentials");
      const status = await connection(platform);
      expect(status).toMatchObject({ failingSince: expect.any(String), problem: expect.stringMatching(/refused/) });
      expect(lines(platform, 50)).toHaveLength(1);
      expect(lines(platform, 50)[0]!.msg).toMatch(/^sign-in failed: /);

      const since = harness.requests().length;
      await advance(10 * minute);
      expect((await connection(platform)).state).toBe("invalid_credentials");
      expect(lines(platform, 50)).toHaveLength(1);
      expect(signIns(platform, since)).toBeGreaterThan(0);
      expect(signIns(platform, since)).toBeLessThan(10);

      const secrets = { ...labSecrets(harness.lab.tenants), [`acme.${platform}`]: "rotated-s3cret" };
      await writeFile(join(harness.directory, "secrets.json"), JSON.stringify(secrets));
      const rotationTime = harness.clock.now();
      await waitForState(platform, "ok");
      expect(harness.clock.now() - rotationTime).toBeLessThan(2 * minute);
      expect(await connection(platform)).toMatchObject({ problem: null, failingSince: null });
      expect(lines(platform, 30).filter((l) => l.msg === "connection recovered")).toHaveLength(1);
      expect(lines(platform, 50)).toHaveLength(1);
      expect(harness.logged.join("")).not.toContain("rotated-s3cret");
      for (const healthy of platforms.filter((p) => p !== platform)) expect(lines(healthy, 50)).toEqual([]);
    },
  );

  it("names a missing secret", async () => {
    const { "acme.zendesk": _, ...otherSecrets } = labSecrets(harness.lab.tenants);
    await writeFile(join(harness.directory, "secrets.json"), JSON.stringify(otherSecrets));
    rotateAt("zendesk", "rotated-s3cret");
    await waitForState("zendesk", "invalid_credentials");
    expect((await connection("zendesk")).problem).toBe(
      "Sign-in is not possible: the secret acme.zendesk is not in the secrets file.",
    );
  });
});

describe("a replaced certificate", () => {
  it("raises an alert until the new key replaces the old one", async () => {
    harness = await openHarness({
      pull: false,
      configure: (config) => {
        const { clientId } = config.tenants.acme.connections[0].settings.auth;
        const auth = { flow: "jwt", clientId, username: "integration", privateKey: "acme.salesforce" };
        config.tenants.acme.connections[0].settings.auth = auth;
      },
    });
    const { salesforce, registered } = harness.lab.tenants["acme"]!;
    const file = join(harness.directory, "sidelight.yaml");
    await writeFile(
      file,
      (await readFile(file, "utf8")).replace("username: integration", `username: ${salesforce.credentials.username}`),
    );
    const keep = (key: string) =>
      writeFile(
        join(harness.directory, "secrets.json"),
        JSON.stringify({ ...labSecrets(harness.lab.tenants), "acme.salesforce": key }),
      );
    await keep(salesforce.credentials.jwtPrivateKey);
    await harness.restart();
    expect((await connection("salesforce")).state).toBe("ok");

    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    registered.salesforce.jwtPublicKey = pair.publicKey;
    rotateAt("salesforce", "unused");
    await waitForState("salesforce", "invalid_credentials");
    expect((await connection("salesforce")).problem).toBe(
      "Salesforce refused the sign-in: the private key does not match the app's certificate.",
    );
    expect(lines("salesforce", 50)).toHaveLength(1);
    await keep(pair.privateKey);
    await waitForState("salesforce", "ok");
    expect(harness.logged.join("")).not.toContain(pair.privateKey.split("\n")[1]);
  });
});

describe("a refused credential, with a cloud secret store", () => {
  const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" };
  let manager: SecretsManager;
  beforeEach(async () => {
    manager = await secretsManager(keys, "eu-central-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", keys.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", keys.secretAccessKey);
    vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await manager.close();
  });

  /** @param failing the store's response before the process starts */
  async function open(failing: SecretsManager["failing"] = null): Promise<void> {
    const secrets = { provider: "aws", region: "eu-central-1", prefix: "sidelight/", endpoint: manager.url };
    harness = await openHarness({ pull: false, configure: (config) => lively(Object.assign(config, { secrets })) });
    for (const [name, value] of Object.entries(labSecrets(harness.lab.tenants))) manager.secrets.set(`sidelight/${name}`, value);
    manager.failing = failing;
    await harness.restart({ wait: failing === null });
  }

  /** Number of requests for one of acme's secrets at the store. */
  const storeRequests = (platform: Name): number =>
    manager.requests.filter((r) => r.body.includes(`sidelight/acme.${platform}"`)).length;

  it.each(platforms)("%s: a secret rotated in both places is used at once, without an alert", async (platform) => {
    await open();
    expect(storeRequests(platform)).toBe(1);
    const start = harness.clock.now();
    await advance(20_000);
    rotateAt(platform, "rotated-s3cret");
    manager.secrets.set(`sidelight/acme.${platform}`, "rotated-s3cret");
    const newestBefore = await newest(platform);
    // A pull that was running when the secret changed does not need it.
    const isPulledAgain = async () => storeRequests(platform) > 1 && (await newest(platform)) > newestBefore;
    await advanceUntil(harness.clock, 200, "the next pull", isPulledAgain);
    // The old secret is cached for five minutes.
    expect(harness.clock.now() - start).toBeLessThan(5 * minute);
    expect((await connection(platform)).state).toBe("ok");
    expect(lines(platform, 50)).toEqual([]);
    expect(storeRequests(platform)).toBe(2);
    expect(harness.logged.join("")).not.toContain("rotated-s3cret");
  });

  it("retries a refused secret with limited requests, and uses the new one without a restart", async () => {
    await open();
    rotateAt("zendesk", "rotated-s3cret");
    await waitForState("zendesk", "invalid_credentials");
    const newestBefore = storeRequests("zendesk");
    await advance(10 * minute);
    expect(lines("zendesk", 50)).toHaveLength(1);
    expect(storeRequests("zendesk") - newestBefore).toBeGreaterThan(5);
    expect(storeRequests("zendesk") - newestBefore).toBeLessThanOrEqual(60);
    manager.secrets.set("sidelight/acme.zendesk", "rotated-s3cret");
    await waitForState("zendesk", "ok");
    expect(lines("zendesk", 50)).toHaveLength(1);
  });

  it("renews tokens with the last value while the store is down", async () => {
    await open();
    manager.failing = awsError(500, "InternalServiceError", "down");
    const since = harness.requests().length;
    await advance(40 * minute, 5_000);
    expect(signIns("zendesk", since)).toBeGreaterThan(0);
    for (const platform of platforms) {
      expect((await connection(platform)).state, platform).toBe("ok");
      expect(lines(platform, 50)).toEqual([]);
    }
  });

  it("reports a store outage as such, not as a refused sign-in, and starts when the store is back", async () => {
    await open(awsError(500, "InternalServiceError", "down"));
    await waitForState("zendesk", "failing");
    expect(await connection("zendesk")).toMatchObject({
      state: "failing",
      problem:
        "Sign-in is not possible: the secret acme.zendesk is not available: Secrets Manager failed (InternalServiceError).",
    });
    expect(lines("zendesk", 50)).toEqual([]);
    manager.failing = null;
    await waitForState("zendesk", "ok");
  });
});
