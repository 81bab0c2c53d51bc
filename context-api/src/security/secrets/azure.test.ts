import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  azureTenant,
  entra,
  type KeyVault,
  keyVault,
  loginUrl,
  vaultError,
  vaultUrl,
} from "../../../../test/support/keyVault.ts";
import { type StandIn, standIn } from "../../../../test/support/standIn.ts";
import { fromAzure } from "./azure.ts";
import { SecretError } from "./provider.ts";

const clientId = "5f0c0000-0000-4000-8000-00000000cafe";
const client = { AZURE_TENANT_ID: azureTenant, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: "client-s3cret" };
const realFetch = globalThis.fetch;

let running: StandIn[];
let vault: KeyVault;
let served: Map<string, string>;
beforeEach(async () => {
  vault = await keyVault();
  vault.tokens.add("token-1");
  vault.secrets.set("acme-zendesk-client-secret", "s3cret");
  running = [vault];
  served = new Map([[vaultUrl, vault.url]]);
  // Azure's addresses are https alone: what is sent to them goes to the stand-ins, and nothing else goes anywhere.
  vi.stubGlobal("fetch", (to: string | URL, init?: RequestInit) => {
    const url = new URL(to);
    const local = served.get(url.origin) ?? (url.hostname === "127.0.0.1" ? url.origin : null);
    if (!local) return Promise.reject(new TypeError(`nobody is served at ${url.origin}`));
    return realFetch(local + url.pathname + url.search, init);
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  await Promise.all(running.map((s) => s.close()));
});

/** Entra ID that knows our client, and gives the tokens in turn. */
async function signedInBy(proves: (form: URLSearchParams) => boolean, ...tokens: string[]): Promise<StandIn> {
  const service = await entra((form) => {
    const isOurs = form.get("grant_type") === "client_credentials" && form.get("client_id") === clientId && proves(form);
    return isOurs && form.get("scope")?.split(" ").includes("https://vault.azure.net/.default") ? (tokens.shift() ?? null) : null;
  });
  running.push(service);
  served.set(loginUrl, service.url);
  return service;
}

const bySecret = (form: URLSearchParams): boolean => form.get("client_secret") === client.AZURE_CLIENT_SECRET;

describe("secrets of an Azure Key Vault", () => {
  it("are read under their name, with dashes for what the vault doesn't take, by one token until it ends", async () => {
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

  it("are asked for with a new token where the vault refuses the one it has, once", async () => {
    await signedInBy(bySecret, "withdrawn", "token-1");
    expect(await fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret")).toBe("s3cret");
    expect(vault.requests.map((r) => r.headers["authorization"])).toEqual(["Bearer withdrawn", "Bearer token-1"]);
    await signedInBy(bySecret, "withdrawn", "withdrawn too", "token-1");
    await expect(fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret")).rejects.toThrow("401");
  });

  it.each([
    ["nothing of that name", vaultError(404, "SecretNotFound"), false, "expected as acme-zendesk-client-secret"],
    ["no permission, a disabled secret or a firewall", vaultError(403, "Forbidden"), false, "Key Vault Secrets User"],
    ["a vault that is asked too often", vaultError(429, "Throttled"), true, "429"],
    ["a vault that is down", vaultError(503, "ServiceUnavailable"), true, "503"],
    ["a redirect", { status: 302, headers: { location: "https://elsewhere.example/" } }, true, "did not answer"],
    ["an answer of another form", { status: 200, body: { s3cret: 1 } }, true, "can't be read"],
    ["an empty one", { status: 200, body: { value: "" } }, false, "is empty"],
    ["a page in its place", { status: 200, body: "<html>s3cret</html>" }, true, "can't be read"],
  ])("say so when they are not to be had: %s", async (_, answer, isOutage, words) => {
    await signedInBy(bySecret, "token-1");
    vault.failing = answer;
    const error = await fromAzure({ vault: vaultUrl }, client)("acme.zendesk.client-secret").catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SecretError);
    expect(error).toMatchObject({ isOutage, message: expect.stringContaining(words) });
    const { message, stack, cause } = error as SecretError;
    expect(message).toContain("acme.zendesk.client-secret");
    expect(`${message}${stack}${String(cause)}`).not.toContain("s3cret");
  });

  it("say so when nobody is there", async () => {
    await signedInBy(bySecret, "token-1");
    served.delete(vaultUrl);
    await expect(fromAzure({ vault: vaultUrl }, client)("a.b")).rejects.toMatchObject({ isOutage: true });
  });
});

describe("who we are to Azure", () => {
  it("is a client with a secret; a wrong one is told by its code alone", async () => {
    await signedInBy(() => false);
    const error = await fromAzure({ vault: vaultUrl }, client)("a.b").catch((e: unknown) => e);
    expect(error).toMatchObject({
      isOutage: true,
      message: "the secret a.b is not to be had: no token for Key Vault (invalid_client)",
    });
    expect((error as Error).stack).not.toMatch(/s3cret|AADSTS/);
    expect(vault.requests).toEqual([]);
  });

  it("can be a workload identity, whose token is read from its file each time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sidelight-workload-"));
    const file = join(folder, "token");
    await writeFile(file, "first\n");
    const shown: (string | null)[] = [];
    await signedInBy((form) => shown.push(form.get("client_assertion")) > 0, "withdrawn", "token-1");
    const { AZURE_CLIENT_SECRET: _, ...env } = { ...client, AZURE_FEDERATED_TOKEN_FILE: file };
    vault.tokens.add("withdrawn");
    const get = fromAzure({ vault: vaultUrl }, env);
    await get("acme.zendesk.client-secret");
    vault.tokens.delete("withdrawn");
    await writeFile(file, "second\n");
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(shown).toEqual(["first", "second"]);
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
    running.push(identity);
    vi.stubEnv("IDENTITY_ENDPOINT", `${identity.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "local-proof");
    const get = fromAzure({ vault: vaultUrl }, {});
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(await get("acme.zendesk.client-secret")).toBe("s3cret");
    expect(identity.requests).toHaveLength(1);
  });

  it("signs in where the configuration says, in another cloud", async () => {
    const other = await entra((form) => (form.get("scope")?.includes("https://vault.azure.cn/.default") ? "token-1" : null));
    running.push(other);
    served.set("https://login.partner.microsoftonline.cn", other.url);
    served.set("https://acme-vault.vault.azure.cn", vault.url);
    const options = { vault: "https://acme-vault.vault.azure.cn", authority: "https://login.partner.microsoftonline.cn/" };
    expect(await fromAzure(options, client)("acme.zendesk.client-secret")).toBe("s3cret");
  });
});
