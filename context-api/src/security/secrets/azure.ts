import { z } from "zod";
import { azureTokens } from "./azureTokens.ts";
import { SecretError } from "./provider.ts";

/** One Azure Key Vault. */
export interface AzureSecrets {
  /** `https://{name}.vault.azure.net` */
  vault: string;
  /** Where to sign in; the public cloud when left out. */
  authority?: string | undefined;
}

const apiVersion = "7.4";
const Secret = z.looseObject({ value: z.string() });

/** Key Vault's names have letters, digits and dashes only: `acme.zendesk` stands in it as `acme-zendesk`. */
export const vaultName = (name: string): string => name.replace(/[^0-9A-Za-z-]/g, "-");

/**
 * Reads secrets of an Azure Key Vault, as whoever the environment says we are: see {@link azureTokens}.
 * The newest version counts; one that is disabled is denied.
 */
export function fromAzure({ vault, authority }: AzureSecrets, env: NodeJS.ProcessEnv): (name: string) => Promise<string> {
  const base = new URL(vault);
  // https://{name}.vault.azure.net is asked with a token for https://vault.azure.net; other clouds likewise.
  const resource = `https://${base.hostname.slice(base.hostname.indexOf(".") + 1)}`;
  const token = azureTokens(resource, authority, env);
  return async (name) => {
    const url = new URL(`/secrets/${vaultName(name)}?api-version=${apiVersion}`, base);
    let response = await ask(name, url, await tokenFor(name, token, false));
    // The vault may have stopped to take a token that still looks good: once anew, and never in a loop.
    if (response.status === 401) response = await ask(name, url, await tokenFor(name, token, true));
    if (response.status !== 200) throw refusal(name, response.status);
    const secret = Secret.safeParse(await response.json().catch(() => null));
    if (!secret.success) {
      throw new SecretError(`the secret ${name} is not to be had: Key Vault's answer can't be read`, { isOutage: true });
    }
    if (secret.data.value === "") throw new SecretError(`the secret ${name} is empty in Key Vault`);
    return secret.data.value;
  };
}

async function ask(name: string, url: URL, token: string): Promise<Response> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      // A token must not follow a redirect to somebody else.
      redirect: "error",
      signal: AbortSignal.timeout(5_000),
    });
    if (response.status !== 200) await response.body?.cancel();
    return response;
  } catch {
    throw new SecretError(`the secret ${name} is not to be had: Key Vault did not answer`, { isOutage: true });
  }
}

async function tokenFor(name: string, token: (fresh: boolean) => Promise<string>, fresh: boolean): Promise<string> {
  try {
    return await token(fresh);
  } catch (error) {
    // MSAL's errors have a short code, and a message that quotes what Microsoft answered.
    const code = error instanceof Error && "errorCode" in error ? String(error.errorCode) : "";
    const why = /^\w{1,60}$/.test(code) ? ` (${code})` : "";
    throw new SecretError(`the secret ${name} is not to be had: no token for Key Vault${why}`, { isOutage: true });
  }
}

function refusal(name: string, status: number): SecretError {
  if (status === 404) return new SecretError(`the secret ${name} is not in Key Vault: expected as ${vaultName(name)}`);
  if (status === 403) {
    const remedy = "the role Key Vault Secrets User is needed, an enabled secret, and a way through the vault's firewall";
    return new SecretError(`the secret ${name} is not to be had: Key Vault denies it (403); ${remedy}`);
  }
  return new SecretError(`the secret ${name} is not to be had: Key Vault answered ${status}`, { isOutage: true });
}
