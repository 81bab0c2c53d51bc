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

describe("the configuration schema of secrets", () => {
  const isValid = (secrets: object) => SidelightConfig.safeParse({ version: 1, secrets, tenants: {} }).success;

  it("accepts each provider with its own settings", () => {
    for (const secrets of [
      { provider: "env" },
      { provider: "file", path: "secrets.json" },
      { provider: "aws", region: "us-gov-west-1" },
      { provider: "aws", region: "eu-central-1", prefix: "sidelight/", endpoint: "https://vpce.example" },
      { provider: "azure", vault: "https://acme.vault.azure.net" },
      { provider: "azure", vault: "https://acme.vault.azure.cn", authority: "https://login.partner.microsoftonline.cn" },
    ])
      expect(isValid(secrets), JSON.stringify(secrets)).toBe(true);
  });

  it("refuses settings that would send a secret unencrypted or to no host", () => {
    for (const secrets of [
      { provider: "gcp" },
      { provider: "aws" },
      { provider: "aws", region: "eu-central-1.evil.example/" },
      { provider: "azure", vault: "http://acme.vault.azure.net" },
      { provider: "azure", vault: "acme" },
      { provider: "azure", vault: "https://acme.vault.azure.net", authority: "http://login.example" },
      { provider: "env", path: "secrets.json" },
    ])
      expect(isValid(secrets), JSON.stringify(secrets)).toBe(false);
  });
});

describe("secrets from the environment", () => {
  const env = { SIDELIGHT_SECRET_ACME_ZENDESK_CLIENT_SECRET: "s3cret", SIDELIGHT_SECRET_EMPTY: "" };
  const secrets = secretProvider({ provider: "env" }, "/", env, Date.now);

  it("are read from a variable with their name in capitals", async () => {
    expect(await secrets.get("acme.zendesk.client-secret")).toBe("s3cret");
  });

  it("throw with name and variable when they are missing or empty", async () => {
    await expect(secrets.get("acme.token")).rejects.toThrow(/acme\.token .*SIDELIGHT_SECRET_ACME_TOKEN/);
    await expect(secrets.get("empty")).rejects.toThrow(/empty/);
  });
});

describe("secrets from a file", () => {
  const providerOf = async (text: string) => {
    await writeFile(join(folder, "secrets.json"), text);
    return secretProvider({ provider: "file", path: "secrets.json" }, folder, {}, Date.now);
  };

  it("are read at each use, so that a rotated secret needs no restart", async () => {
    const secrets = await providerOf('{ "a.b": "old" }');
    expect(await secrets.get("a.b")).toBe("old");
    await providerOf('{ "a.b": "new" }');
    expect(await secrets.get("a.b")).toBe("new");
  });

  it("throw with the name when they are missing, empty or not a text", async () => {
    for (const text of ["{}", '{ "a.b": "" }', '{ "a.b": 7 }', '["a.b"]', "null"])
      await expect((await providerOf(text)).get("a.b"), text).rejects.toThrow("a.b");
    for (const name of ["constructor", "toString", "__proto__"])
      await expect((await providerOf('{ "a.b": "x" }')).get(name)).rejects.toThrow(name);
  });

  it("are never part of an error about the file", async () => {
    for (const text of ['{ "a.b": "s3cret" "c": 1 }', '"s3cret', "s3cret", '{ "a.b": "s3cret", }']) {
      const error = await (await providerOf(text)).get("a.b").catch((e: unknown) => e);
      expect(error).toBeInstanceOf(Error);
      expect(`${(error as Error).stack}${String((error as Error).cause)}`, text).not.toContain("s3cret");
    }
  });

  it("throw with the name when the file cannot be read", async () => {
    const secrets = secretProvider({ provider: "file", path: "nowhere.json" }, folder, {}, Date.now);
    await expect(secrets.get("a.b")).rejects.toThrow("a.b");
  });
});
