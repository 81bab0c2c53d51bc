import { readFile } from "node:fs/promises";
import type { ConfidentialClientApplication } from "@azure/msal-node";

const publicCloud = "https://login.microsoftonline.com";

/**
 * Tokens for an Azure resource, as whoever the environment says we are, under the names that Azure's own tools use: a client
 * secret (`AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`), a workload identity (`AZURE_FEDERATED_TOKEN_FILE` in
 * the place of the secret), else the managed identity of the machine (`AZURE_CLIENT_ID` where it has several).
 * Microsoft's MSAL does it, and is loaded by those who use it only. It keeps a token until it ends, or `fresh` is asked for.
 */
export function azureTokens(
  resource: string,
  authority: string | undefined,
  env: NodeJS.ProcessEnv,
): (fresh: boolean) => Promise<string> {
  let opened: Promise<(fresh: boolean) => Promise<string>> | null = null;
  return async (fresh) => {
    opened ??= open(resource, authority ?? (env["AZURE_AUTHORITY_HOST"] || publicCloud), env);
    return await (await opened)(fresh);
  };
}

async function open(resource: string, authority: string, env: NodeJS.ProcessEnv): Promise<(fresh: boolean) => Promise<string>> {
  const { ConfidentialClientApplication, ManagedIdentityApplication } = await import("@azure/msal-node");
  const tenant = env["AZURE_TENANT_ID"];
  const clientId = env["AZURE_CLIENT_ID"];
  const proof = proofOf(env);
  if (tenant && clientId && proof) {
    const base = authority.replace(/\/$/, "");
    const auth = { clientId, authority: `${base}/${tenant}`, knownAuthorities: [new URL(base).host], ...proof };
    return ofClient(new ConfidentialClientApplication({ auth }), resource);
  }
  const identity = new ManagedIdentityApplication(
    clientId ? { managedIdentityIdParams: { userAssignedClientId: clientId } } : {},
  );
  return async (forceRefresh) => (await identity.acquireToken({ resource, forceRefresh })).accessToken;
}

/** What a registered application proves itself with. A federated token is short-lived, and read from its file each time. */
function proofOf(env: NodeJS.ProcessEnv) {
  const clientSecret = env["AZURE_CLIENT_SECRET"];
  const file = env["AZURE_FEDERATED_TOKEN_FILE"];
  if (clientSecret) return { clientSecret };
  return file ? { clientAssertion: async () => (await readFile(file, "utf8")).trim() } : null;
}

function ofClient(client: ConfidentialClientApplication, resource: string): (fresh: boolean) => Promise<string> {
  return async (skipCache) => {
    const token = await client.acquireTokenByClientCredential({ scopes: [`${resource}/.default`], skipCache });
    if (!token) throw new Error("no token");
    return token.accessToken;
  };
}
