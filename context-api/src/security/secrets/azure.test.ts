import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { azureTenant, entra, type KeyVault, keyVault, loginUrl, vaultError, vaultUrl } from "@sidelight/test-support/keyVault.ts";
import { type StandIn, standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromAzure } from "./azure.ts";
import { secretProvider } from "./index.ts";
import { SecretError } from "./provider.ts";

const clientId = "5f0c0000-0000-4000-8000-00000000cafe";
const client = { AZURE_TENANT_ID: azureTenant, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: "client-s3cret" };
const realFetch = globalThis.fetch;

let standIns: StandIn[];
let vault: KeyVault;
let localUrls: Map<string, string>;
beforeEach(async () => {
  vault = await keyVault();
  vault.tokens.add("token-1");
  vault.secrets.set("acme-zendesk-client-secret", "s3cret");
  standIns = [vault];
  localUrls = new Map([[vaultUrl, vault.url]]);
  // Azure's addresses are https: requests to them go to the local services, and all others fail.
  vi.stubGlobal("fetch", (to: string | URL, init?: RequestInit) => {
    const url = new URL(to);
    const local = localUrls.get(url.origin) ?? (url.hostname === "127.0.0.1" ? url.origin : null);
    if (!local) return Promise.reject(new TypeError(`nothing is served at ${url.origin}`));
    return realFetch(local + url.pathname + url.search, init);
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  await Promise.all(standIns.map((s) => s.close()));
});

/** An Entra ID that knows our client and issues the tokens in order. */
async function signedInBy(accepts: (form: URLSearchParams) => boolean, ...tokens: string[]): Promise<StandIn> {
  const service = await entra((form) => {
    const isOurs = form.get("grant_type") === "client_credentials" && form.get("client_id") === clientId && accepts(form);
    return isOurs && form.get("scope")?.split(" ").includes("https://vault.azure.net/.default") ? (tokens.shift() ?? null) : null;
  });
  standIns.push(service);
  localUrls.set(loginUrl, service.url);
  return service;
}

const bySecret = (form: URLSearchParams): boolean => form.get("client_secret") === client.AZURE_CLIENT_SECRET;

describe("secrets of an Azure Key Vault", () => {
  it("are read with dashes for characters that the vault refuses, and with one token until it expires", async () => {
    const service = await signedInBy(bySecret, "token-1");
    vault.secrets.set("acme-salesforce", "another");
    const get = fromAzure({ vault: vaultUrl }, client);
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(await get("acme.salesforce")).toBe("another");
    expect(vault.requests.map((r) => `${r.method} ${r.url}`)).toEqual([
      "GET /secrets/acme-zendesk-client-secret?api-version=7.4",
      "GET /secrets/acme-salesforce?api-version=7.4",
    ]);
    expect(service.requests.filter((r) => r.method === "POST")).toHaveLength(1);
  });

  it("are used without a line break at their end, which command lines add", async () => {
    await signedInBy(bySecret, "token-1");
    vault.secrets.set("acme-zendesk-client-secret", "s3cret\n");
    const provider = secretProvider({ provider: "azure", vault: vaultUrl }, "/", client, Date.now);
    expect(await provider.get("acme.zendesk.client-secret")).toBe("s3cret");
  });

  it("are requested once more with a new token when the vault refuses the token", async () => {
    await signedInBy(bySecret, "revoked", "token-1");
    expect(await fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret")).toBe("s3cret");
    expect(vault.requests.map((r) => r.headers["authorization"])).toEqual(["Bearer revoked", "Bearer token-1"]);
    await signedInBy(bySecret, "revoked", "revoked too", "token-1");
    await expect(fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret")).rejects.toThrow("401");
  });

  it.each([
    ["an unknown name", vaultError(404, "SecretNotFound"), false, "expected as acme-zendesk-client-secret"],
    ["no permission, a disabled secret or a firewall", vaultError(403, "Forbidden"), false, "Key Vault Secrets User"],
    ["a throttled request", vaultError(429, "Throttled"), true, "429"],
    ["a vault that is down", vaultError(503, "ServiceUnavailable"), true, "503"],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example/" } }, true, "did not answer"],
    ["an answer of another schema", { status: 200, body: { s3cret: 1 } }, true, "cannot be read"],
    ["an empty secret", { status: 200, body: { value: "" } }, false, "is empty"],
    ["an HTML page", { status: 200, body: "<html>s3cret</html>" }, true, "cannot be read"],
  ])("throw a SecretError without the value for %s", async (_, answer, isOutage, words) => {
    await signedInBy(bySecret, "token-1");
    vault.failing = answer;
    const error = await fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SecretError);
    expect(error).toMatchObject({ isOutage, message: expect.stringContaining(words) });
    const { message, stack, cause } = error as SecretError;
    expect(message).toContain("acme.zendesk.client-secret");
    expect(`${message}${stack}${String(cause)}`).not.toContain("s3cret");
  });

  it("throw an outage when the vault cannot be reached", async () => {
    await signedInBy(bySecret, "token-1");
    localUrls.delete(vaultUrl);
    await expect(fromAzure({ vault: vaultUrl }, client)("a.b")).rejects.toMatchObject({ isOutage: true });
  });
});

describe("the identity for Azure", () => {
  it("can be a client with a secret; a refusal is reported by its code only", async () => {
    await signedInBy(() => false);
    const error = await fromAzure({ vault: vaultUrl }, client)("a.b").catch((e: unknown) => e);
    expect(error).toMatchObject({
      isOutage: true,
      message: "the secret a.b is not available: no token for Key Vault (invalid_client)",
    });
    expect((error as Error).stack).not.toMatch(/s3cret|AADSTS/);
    expect(vault.requests).toEqual([]);
  });

  it("can be a workload identity, whose token is read from its file each time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sidelight-workload-"));
    const file = join(folder, "token");
    await writeFile(file, "first\n");
    const assertions: (string | null)[] = [];
    await signedInBy((form) => assertions.push(form.get("client_assertion")) > 0, "revoked", "token-1");
    const { AZURE_CLIENT_SECRET: _, ...env } = { ...client, AZURE_FEDERATED_TOKEN_FILE: file };
    vault.tokens.add("revoked");
    const get = fromAzure({ vault: vaultUrl }, env);
    await get("acme.zendesk.client-secret");
    vault.tokens.delete("revoked");
    await writeFile(file, "second\n");
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(assertions).toEqual(["first", "second"]);
    await rm(folder, { recursive: true });
  });

  it("can be the machine's managed identity", async () => {
    const identity = await standIn(({ url, headers }) => {
      const { searchParams } = new URL(url, "http://localhost");
      const isRight =
        headers["x-identity-header"] === "local-proof" && searchParams.get("resource") === "https://vault.azure.net";
      if (!isRight) return { status: 400, body: { statusCode: 400, message: "s3cret" } };
      const expires_on = Math.floor(Date.now() / 1000) + 3_600;
      return {
        status: 200,
        body: { access_token: "token-1", expires_on, resource: "https://vault.azure.net", token_type: "Bearer" },
      };
    });
    standIns.push(identity);
    vi.stubEnv("IDENTITY_ENDPOINT", `${identity.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "local-proof");
    const get = fromAzure({ vault: vaultUrl }, {});
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(identity.requests).toHaveLength(1);
  });

  it("signs in at the authority of the configuration, for another cloud", async () => {
    const otherCloud = await entra((form) => (form.get("scope")?.includes("https://vault.azure.cn/.default") ? "token-1" : null));
    standIns.push(otherCloud);
    localUrls.set("https://login.partner.microsoftonline.cn", otherCloud.url);
    localUrls.set("https://acme-vault.vault.azure.cn", vault.url);
    const options = { vault: "https://acme-vault.vault.azure.cn", authority: "https://login.partner.microsoftonline.cn/" };
    expect(await fromAzure(options, client)("acme.zendesk.client-secret")).toBe("s3cret");
  });
});
