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

describe("a secret that was stored with white space around it", () => {
  it.each([
    ["a line break at its end", "s3cret\n"],
    ["a line break of Windows at its end", "s3cret\r\n"],
    ["several line breaks", "\ns3cret\n\n"],
    ["spaces and tabs", " \ts3cret\t "],
    ["a byte order mark", "\uFEFFs3cret"],
  ])("%s is used without it, from the environment and from a file", async (_, value) => {
    await writeFile(join(folder, "padded.json"), JSON.stringify({ padded: value }));
    const env = { SIDELIGHT_SECRET_PADDED: value };
    for (const config of [{ provider: "env" as const }, { provider: "file" as const, path: "padded.json" }])
      expect(await secretProvider(config, folder, env, Date.now).get("padded")).toBe("s3cret");
  });

  it("keeps white space inside of it", async () => {
    const key = "-----BEGIN KEY-----\nabc def\n-----END KEY-----";
    const provider = secretProvider({ provider: "env" }, "/", { SIDELIGHT_SECRET_KEY: `${key}\n` }, Date.now);
    expect(await provider.get("key")).toBe(key);
  });

  it("is missing when it is nothing else", async () => {
    const provider = secretProvider({ provider: "env" }, "/", { SIDELIGHT_SECRET_BLANK: " \n" }, Date.now);
    await expect(provider.get("blank")).rejects.toThrow("the secret blank is empty");
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

  it("are available although another value of the file is no text, and with the byte order mark of an editor", async () => {
    expect(await (await providerOf('\uFEFF{ "a.b": "x", "c": 7, "d": null }')).get("a.b")).toBe("x");
  });

  it.each([
    ['{ "a.b": 7 }', "the secret a.b is no text in the secrets file: put its value between double quotes"],
    ["{ a.b: x }", "the secret a.b is not available: the secrets file is not a JSON object of names and values"],
    ["[]", "the secret a.b is not available: the secrets file is not a JSON object of names and values"],
    ["{}", "the secret a.b is not in the secrets file"],
  ])("name what is wrong: %s", async (text, message) => {
    await expect((await providerOf(text)).get("a.b")).rejects.toThrow(message);
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
    await expect(secrets.get("a.b")).rejects.toThrow("the secret a.b is not available: the secrets file does not exist");
  });
});
