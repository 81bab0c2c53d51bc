import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { labSecrets } from "../lab/launch/config.ts";
import { TOKEN_ROWS } from "../lab/world/tenant.ts";
import { type ConfigTree, type House, openHouse } from "../support/house.ts";
import { awsError, type SecretsManager, secretsManager } from "../support/secretsManager.ts";
import { until } from "../support/until.ts";

const platforms = ["salesforce", "zendesk", "mixpanel"] as const;
type Name = (typeof platforms)[number];
const minute = 60_000;

let house: House;
afterEach(() => house.close());

/** Mixpanel is pulled each half hour otherwise, which is long to wait for. */
const lively = (config: ConfigTree): void => {
  config.tenants.acme.connections.find((c: { id: string }) => c.id === "mixpanel").settings.pullEverySeconds = 60;
};

/** As an administrator does it on the platform's own page: another secret is good from now on, and no session of the old one. */
function rotateAt(platform: Name, value: string): void {
  const { registered, world } = house.lab.tenants["acme"]!;
  if (platform === "mixpanel") registered.mixpanel.secret = value;
  else registered[platform].clientSecret = value;
  world.change(() => {
    for (const { key } of [...world.meta.values()]) if (key.startsWith(TOKEN_ROWS)) world.meta.remove(key);
  });
}

async function connection(platform: Name): Promise<ConnectionStatus> {
  const { body } = await house.ask<{ items: ConnectionStatus[] }>("/v1/connections");
  return body.items.find((c) => c.id === platform)!;
}

/** Lines of the log about one connection, by level: 30 info, 50 error. */
const lines = (platform: Name, level: number) =>
  house.logged
    .map((line) => JSON.parse(line) as { level: number; tenant?: string; connection?: string; msg: string })
    .filter((line) => line.level === level && line.tenant === "acme" && line.connection === platform);

/** Time passes, at a second a turn, until the connection is so. */
async function comesTo(platform: Name, state: ConnectionStatus["state"]): Promise<void> {
  await until(`${platform} to be ${state}`, async () => {
    house.clock.advance(1_000);
    return (await connection(platform)).state === state;
  });
}

/** @returns once so much has passed, with turns for whatever falls due on the way */
async function passes(ms: number, stepMs = 1_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    house.clock.advance(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** How often a platform was asked to sign us in, since a mark in the log of requests. */
function signIns(platform: Name, since: number): number {
  const asked = house.requests(undefined, since).filter((r) => r.platform === platform && r.tenant === "acme");
  return platform === "mixpanel" ? asked.length : asked.filter((r) => /oauth2?\/tokens?/.test(r.path)).length;
}

const newest = async (platform: Name): Promise<number> =>
  Math.max(...(await connection(platform)).streams.map((s) => Date.parse(s.lastPullAt!)));

describe("a credential that a platform refuses, with a secrets file", () => {
  beforeEach(async () => {
    house = await openHouse({ configure: lively });
  });

  it.each(platforms)("%s: is one alert at once, and over when the file has the new one, without a restart", async (platform) => {
    expect((await connection(platform)).state).toBe("ok");
    rotateAt(platform, "rotated-s3cret");
    await comesTo(platform, "invalid_credentials");
    const told = await connection(platform);
    expect(told).toMatchObject({ failingSince: expect.any(String), problem: expect.stringMatching(/refused/) });
    expect(lines(platform, 50)).toHaveLength(1);
    expect(lines(platform, 50)[0]!.msg).toMatch(/^sign-in failed: /);

    const since = house.requests().length;
    await passes(10 * minute);
    expect((await connection(platform)).state).toBe("invalid_credentials");
    expect(lines(platform, 50)).toHaveLength(1);
    expect(signIns(platform, since)).toBeGreaterThan(0);
    expect(signIns(platform, since)).toBeLessThan(10);

    const secrets = { ...labSecrets(house.lab.tenants), [`acme.${platform}`]: "rotated-s3cret" };
    await writeFile(join(house.directory, "secrets.json"), JSON.stringify(secrets));
    const rotated = house.clock.now();
    await comesTo(platform, "ok");
    expect(house.clock.now() - rotated).toBeLessThan(2 * minute);
    expect(await connection(platform)).toMatchObject({ problem: null, failingSince: null });
    expect(lines(platform, 30).filter((l) => l.msg === "connection recovered")).toHaveLength(1);
    expect(lines(platform, 50)).toHaveLength(1);
    expect(house.logged.join("")).not.toContain("rotated-s3cret");
    for (const other of platforms.filter((p) => p !== platform)) expect(lines(other, 50)).toEqual([]);
  });

  it("tells a secret that is not there by its name", async () => {
    const { "acme.zendesk": _, ...others } = labSecrets(house.lab.tenants);
    await writeFile(join(house.directory, "secrets.json"), JSON.stringify(others));
    rotateAt("zendesk", "rotated-s3cret");
    await comesTo("zendesk", "invalid_credentials");
    expect((await connection("zendesk")).problem).toBe("No sign-in: the secret acme.zendesk is not in the secrets file.");
  });
});

describe("a certificate that is replaced", () => {
  it("is an alert until the new key is in the place of the old", async () => {
    house = await openHouse({
      pull: false,
      configure: (config) => {
        const { clientId } = config.tenants.acme.connections[0].settings.auth;
        const auth = { flow: "jwt", clientId, username: "integration", privateKey: "acme.salesforce" };
        config.tenants.acme.connections[0].settings.auth = auth;
      },
    });
    const { salesforce, registered } = house.lab.tenants["acme"]!;
    const file = join(house.directory, "sidelight.yaml");
    await writeFile(
      file,
      (await readFile(file, "utf8")).replace("username: integration", `username: ${salesforce.credentials.username}`),
    );
    const keep = (key: string) =>
      writeFile(
        join(house.directory, "secrets.json"),
        JSON.stringify({ ...labSecrets(house.lab.tenants), "acme.salesforce": key }),
      );
    await keep(salesforce.credentials.jwtPrivateKey);
    await house.restart();
    expect((await connection("salesforce")).state).toBe("ok");

    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    registered.salesforce.jwtPublicKey = pair.publicKey;
    rotateAt("salesforce", "unused");
    await comesTo("salesforce", "invalid_credentials");
    expect((await connection("salesforce")).problem).toBe(
      "Salesforce refused the sign-in: the private key doesn't fit the app's certificate.",
    );
    expect(lines("salesforce", 50)).toHaveLength(1);
    await keep(pair.privateKey);
    await comesTo("salesforce", "ok");
    expect(house.logged.join("")).not.toContain(pair.privateKey.split("\n")[1]);
  });
});

describe("a credential that a platform refuses, with a cloud's store of secrets", () => {
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

  /** @param told what the store tells before the process starts */
  async function open(told: SecretsManager["failing"] = null): Promise<void> {
    const secrets = { provider: "aws", region: "eu-central-1", prefix: "sidelight/", endpoint: manager.url };
    house = await openHouse({ pull: false, configure: (config) => lively(Object.assign(config, { secrets })) });
    for (const [name, value] of Object.entries(labSecrets(house.lab.tenants))) manager.secrets.set(`sidelight/${name}`, value);
    manager.failing = told;
    await house.restart({ wait: told === null });
  }

  /** How often the store was asked for one of acme's secrets. */
  const asked = (platform: Name): number => manager.requests.filter((r) => r.body.includes(`sidelight/acme.${platform}"`)).length;

  it.each(platforms)("%s: a secret rotated in both places is taken at once, and is no alert", async (platform) => {
    await open();
    expect(asked(platform)).toBe(1);
    const start = house.clock.now();
    await passes(20_000);
    rotateAt(platform, "rotated-s3cret");
    manager.secrets.set(`sidelight/acme.${platform}`, "rotated-s3cret");
    const before = await newest(platform);
    await until("the next pull", async () => {
      // Not much faster than the machine can follow.
      house.clock.advance(200);
      // One that was under way when the secret changed has no need of it.
      return asked(platform) > 1 && (await newest(platform)) > before;
    });
    // Five minutes are how long the old one would have been used for.
    expect(house.clock.now() - start).toBeLessThan(5 * minute);
    expect((await connection(platform)).state).toBe("ok");
    expect(lines(platform, 50)).toEqual([]);
    expect(asked(platform)).toBe(2);
    expect(house.logged.join("")).not.toContain("rotated-s3cret");
  });

  it("asks for a dead one again and again, but not in a storm, and takes the new one without a restart", async () => {
    await open();
    rotateAt("zendesk", "rotated-s3cret");
    await comesTo("zendesk", "invalid_credentials");
    const before = asked("zendesk");
    await passes(10 * minute);
    expect(lines("zendesk", 50)).toHaveLength(1);
    expect(asked("zendesk") - before).toBeGreaterThan(5);
    expect(asked("zendesk") - before).toBeLessThanOrEqual(60);
    manager.secrets.set("sidelight/acme.zendesk", "rotated-s3cret");
    await comesTo("zendesk", "ok");
    expect(lines("zendesk", 50)).toHaveLength(1);
  });

  it("renews tokens by the last value while the store is down", async () => {
    await open();
    manager.failing = awsError(500, "InternalServiceError", "down");
    const since = house.requests().length;
    await passes(40 * minute, 5_000);
    expect(signIns("zendesk", since)).toBeGreaterThan(0);
    for (const platform of platforms) {
      expect((await connection(platform)).state, platform).toBe("ok");
      expect(lines(platform, 50)).toEqual([]);
    }
  });

  it("calls a store that is down no refused sign-in, and starts when it is back", async () => {
    await open(awsError(500, "InternalServiceError", "down"));
    await comesTo("zendesk", "failing");
    expect(await connection("zendesk")).toMatchObject({
      state: "failing",
      problem: "No sign-in: the secret acme.zendesk is not to be had: Secrets Manager failed (InternalServiceError).",
    });
    expect(lines("zendesk", 50)).toEqual([]);
    manager.failing = null;
    await comesTo("zendesk", "ok");
  });
});
