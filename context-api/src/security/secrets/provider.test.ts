import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SidelightConfig } from "../../config/schema.ts";
import { secretProvider } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidelight-secrets-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the configuration of secrets", () => {
  const isGood = (secrets: object) => SidelightConfig.safeParse({ version: 1, secrets, tenants: {} }).success;

  it("takes each provider with its own settings", () => {
    for (const secrets of [
      { provider: "env" },
      { provider: "file", path: "secrets.json" },
      { provider: "aws", region: "us-gov-west-1" },
      { provider: "aws", region: "eu-central-1", prefix: "sidelight/", endpoint: "https://vpce.example" },
      { provider: "azure", vault: "https://acme.vault.azure.net" },
      { provider: "azure", vault: "https://acme.vault.azure.cn", authority: "https://login.partner.microsoftonline.cn" },
    ])
      expect(isGood(secrets), JSON.stringify(secrets)).toBe(true);
  });

  it("refuses what would send a secret in the clear, or nowhere", () => {
    for (const secrets of [
      { provider: "gcp" },
      { provider: "aws" },
      { provider: "aws", region: "eu-central-1.evil.example/" },
      { provider: "azure", vault: "http://acme.vault.azure.net" },
      { provider: "azure", vault: "acme" },
      { provider: "azure", vault: "https://acme.vault.azure.net", authority: "http://login.example" },
      { provider: "env", path: "secrets.json" },
    ])
      expect(isGood(secrets), JSON.stringify(secrets)).toBe(false);
  });
});

describe("secrets from the environment", () => {
  const env = { SIDELIGHT_SECRET_ACME_ZENDESK_CLIENT_SECRET: "s3cret", SIDELIGHT_SECRET_EMPTY: "" };
  const secrets = secretProvider({ provider: "env" }, "/", env, Date.now);

  it("are found under their name in capitals", async () => {
    expect(await secrets.get("acme.zendesk.client-secret")).toBe("s3cret");
  });

  it("that are missing or empty are told by name and variable", async () => {
    await expect(secrets.get("acme.token")).rejects.toThrow(/acme\.token .*SIDELIGHT_SECRET_ACME_TOKEN/);
    await expect(secrets.get("empty")).rejects.toThrow(/empty/);
  });
});

describe("secrets from a file", () => {
  const from = async (text: string) => {
    await writeFile(join(folder, "secrets.json"), text);
    return secretProvider({ provider: "file", path: "secrets.json" }, folder, {}, Date.now);
  };

  it("are read at each use: a rotated one needs no restart", async () => {
    const secrets = await from('{ "a.b": "old" }');
    expect(await secrets.get("a.b")).toBe("old");
    await from('{ "a.b": "new" }');
    expect(await secrets.get("a.b")).toBe("new");
  });

  it("that are missing, empty or no text are told by name", async () => {
    for (const text of ["{}", '{ "a.b": "" }', '{ "a.b": 7 }', '["a.b"]', "null"])
      await expect((await from(text)).get("a.b"), text).rejects.toThrow("a.b");
    for (const name of ["constructor", "toString", "__proto__"])
      await expect((await from('{ "a.b": "x" }')).get(name)).rejects.toThrow(name);
  });

  it("never stand in a complaint about the file", async () => {
    for (const text of ['{ "a.b": "s3cret" "c": 1 }', '"s3cret', "s3cret", '{ "a.b": "s3cret", }']) {
      const error = await (await from(text)).get("a.b").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Error);
      expect(`${(error as Error).stack}${String((error as Error).cause)}`, text).not.toContain("s3cret");
    }
  });

  it("that can't be read at all are told by name too", async () => {
    const secrets = secretProvider({ provider: "file", path: "nowhere.json" }, folder, {}, Date.now);
    await expect(secrets.get("a.b")).rejects.toThrow("a.b");
  });
});
