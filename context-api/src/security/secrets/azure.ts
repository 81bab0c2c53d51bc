import { z } from "zod";
import { azureTokens } from "./azureTokens.ts";
import { SecretError } from "./provider.ts";

/** One Azure Key Vault. */
export interface AzureSecrets {
  /** `https://{name}.vault.azure.net` */
  vault: string;
  /** Sign-in service; that of the public cloud when left out. */
  authority?: string | undefined;
}

const apiVersion = "7.4";
const Secret = z.looseObject({ value: z.string() });

/** Names in Key Vault have letters, digits and dashes only: `acme.zendesk` → `acme-zendesk`. */
export const vaultName = (name: string): string => name.replace(/[^0-9A-Za-z-]/g, "-");

/**
 * Reads the newest version of secrets from an Azure Key Vault, with the identity of the environment: see {@link azureTokens}.
 * Key Vault denies a disabled version.
 */
export function fromAzure({ vault, authority }: AzureSecrets, env: NodeJS.ProcessEnv): (name: string) => Promise<string> {
  const base = new URL(vault);
  // https://{name}.vault.azure.net needs a token for https://vault.azure.net. Other clouds follow the same rule.
  const resource = `https://${base.hostname.slice(base.hostname.indexOf(".") + 1)}`;
  const token = azureTokens(resource, authority, env);
  return async (name) => {
    const url = new URL(`/secrets/${vaultName(name)}?api-version=${apiVersion}`, base);
    let response = await request(name, url, await tokenFor(name, token, false));
    // The vault may refuse a token that has not expired. One retry with a new token, never a loop.
    if (response.status === 401) response = await request(name, url, await tokenFor(name, token, true));
    if (response.status !== 200) throw refusal(name, response.status);
    const secret = Secret.safeParse(await response.json().catch(() => null));
    if (!secret.success) {
      throw new SecretError(`the secret ${name} is not available: Key Vault's answer cannot be read`, { isOutage: true });
    }
    if (secret.data.value === "") throw new SecretError(`the secret ${name} is empty in Key Vault`);
    return secret.data.value;
  };
}

async function request(name: string, url: URL, token: string): Promise<Response> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      // A redirect must not carry the token to another host.
      redirect: "error",
      signal: AbortSignal.timeout(5_000),
    });
    if (response.status !== 200) await response.body?.cancel();
    return response;
  } catch {
    throw new SecretError(`the secret ${name} is not available: Key Vault did not answer`, { isOutage: true });
  }
}

async function tokenFor(name: string, token: (fresh: boolean) => Promise<string>, fresh: boolean): Promise<string> {
  try {
    return await token(fresh);
  } catch (error) {
    // Errors of MSAL have a short code, and a message that quotes the answer of Microsoft. Only the code is safe to show.
    const code = error instanceof Error && "errorCode" in error ? String(error.errorCode) : "";
    const suffix = /^\w{1,60}$/.test(code) ? ` (${code})` : "";
    throw new SecretError(`the secret ${name} is not available: no token for Key Vault${suffix}`, { isOutage: true });
  }
}

function refusal(name: string, status: number): SecretError {
  if (status === 404) return new SecretError(`the secret ${name} is not in Key Vault: expected as ${vaultName(name)}`);
  if (status === 403) {
    const remedy = "grant the role Key Vault Secrets User, enable the secret, and allow this process in the vault's firewall";
    return new SecretError(`the secret ${name} is not available: Key Vault denies it (403); ${remedy}`);
  }
  return new SecretError(`the secret ${name} is not available: Key Vault answered ${status}`, { isOutage: true });
}
