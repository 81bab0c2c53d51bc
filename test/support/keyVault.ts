import { type StandIn, type StandInAnswer, type StandInRequest, standIn } from "./standIn.ts";

export const vaultUrl = "https://acme-vault.vault.azure.net";
export const loginUrl = "https://login.microsoftonline.com";
export const azureTenant = "0b1d2c3e-0000-4000-8000-00000000abcd";

export interface KeyVault extends StandIn {
  secrets: Map<string, string>;
  /** Tokens that the vault accepts. */
  tokens: Set<string>;
  /** When set, every request gets this response. */
  failing: StandInAnswer | null;
}

/** Azure Key Vault's API for reading a secret. It answers a request without a good token with a challenge. */
export async function keyVault(): Promise<KeyVault> {
  const secrets = new Map<string, string>();
  const tokens = new Set<string>();
  const answer = ({ method, url, headers }: StandInRequest): StandInAnswer => {
    if (vault.failing) return vault.failing;
    const bearer = /^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1];
    if (!bearer || !tokens.has(bearer)) return challenge;
    const { pathname, searchParams } = new URL(url, vaultUrl);
    const [, name] = /^\/secrets\/([0-9a-zA-Z-]{1,127})$/.exec(pathname) ?? [];
    if (method !== "GET" || !name || !searchParams.get("api-version")) return vaultError(400, "BadParameter");
    const value = secrets.get(name);
    if (value === undefined) return vaultError(404, "SecretNotFound");
    return { status: 200, body: { value, id: `${vaultUrl}/secrets/${name}/1`, attributes: { enabled: true } } };
  };
  const vault: KeyVault = Object.assign(await standIn(answer), { secrets, tokens, failing: null });
  return vault;
}

export const vaultError = (status: number, code: string): StandInAnswer => ({
  status,
  body: { error: { code, message: "a message with s3cret in it" } },
});

const challenge: StandInAnswer = {
  ...vaultError(401, "Unauthorized"),
  headers: { "www-authenticate": `Bearer authorization="${loginUrl}/${azureTenant}", resource="https://vault.azure.net"` },
};

/** Microsoft Entra ID's token endpoint of one tenant, for the client-credentials grant. */
export async function entra(grant: (form: URLSearchParams) => string | null): Promise<StandIn> {
  return await standIn(({ method, url, body }) => {
    if (method === "POST" && url.startsWith(`/${azureTenant}/oauth2/v2.0/token`)) {
      const token = grant(new URLSearchParams(body));
      if (token)
        return { status: 200, body: { token_type: "Bearer", expires_in: 3_599, ext_expires_in: 3_599, access_token: token } };
      return {
        status: 401,
        body: { error: "invalid_client", error_description: "AADSTS7000215: s3cret", error_codes: [7000215] },
      };
    }
    return { status: 404, body: { error: "not_found" } };
  });
}
