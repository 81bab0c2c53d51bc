import { readFile } from "node:fs/promises";
import type { ConfidentialClientApplication } from "@azure/msal-node";

const publicCloud = "https://login.microsoftonline.com";

/**
 * Tokens for an Azure resource, with the identity that the environment names in the variables of Azure's own tools: a client secret
 * (`AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`), a workload identity (`AZURE_FEDERATED_TOKEN_FILE` instead of the
 * secret), or the managed identity of the machine (`AZURE_CLIENT_ID` selects one of several).
 * Microsoft's MSAL gets them. It is loaded on first use, and caches a token until it expires or `fresh` is true.
 */
export function azureTokens(
  resource: string,
  authority: string | undefined,
  env: NodeJS.ProcessEnv,
): (fresh: boolean) => Promise<string> {
  let tokenSource: Promise<(fresh: boolean) => Promise<string>> | null = null;
  return async (fresh) => {
    tokenSource ??= open(resource, authority ?? (env["AZURE_AUTHORITY_HOST"] || publicCloud), env);
    return await (await tokenSource)(fresh);
  };
}

async function open(resource: string, authority: string, env: NodeJS.ProcessEnv): Promise<(fresh: boolean) => Promise<string>> {
  const { ConfidentialClientApplication, ManagedIdentityApplication } = await import("@azure/msal-node");
  const tenant = env["AZURE_TENANT_ID"];
  const clientId = env["AZURE_CLIENT_ID"];
  const credential = credentialOf(env);
  if (tenant && clientId && credential) {
    const base = authority.replace(/\/$/, "");
    const auth = { clientId, authority: `${base}/${tenant}`, knownAuthorities: [new URL(base).host], ...credential };
    return clientTokens(new ConfidentialClientApplication({ auth }), resource);
  }
  const identity = new ManagedIdentityApplication(
    clientId ? { managedIdentityIdParams: { userAssignedClientId: clientId } } : {},
  );
  return async (forceRefresh) => (await identity.acquireToken({ resource, forceRefresh })).accessToken;
}

/** The credential of a registered application; null for a managed identity. A federated token expires soon: read it at each use. */
function credentialOf(env: NodeJS.ProcessEnv) {
  const clientSecret = env["AZURE_CLIENT_SECRET"];
  const file = env["AZURE_FEDERATED_TOKEN_FILE"];
  if (clientSecret) return { clientSecret };
  return file ? { clientAssertion: async () => (await readFile(file, "utf8")).trim() } : null;
}

function clientTokens(client: ConfidentialClientApplication, resource: string): (fresh: boolean) => Promise<string> {
  return async (skipCache) => {
    const token = await client.acquireTokenByClientCredential({ scopes: [`${resource}/.default`], skipCache });
    if (!token) throw new Error("no token");
    return token.accessToken;
  };
}
