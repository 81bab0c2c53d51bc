import type { LabTenant } from "../simulators/lab.ts";

/** Reads the record that the page around a panel shows. */
export interface HostData {
  /** Sends a GET request to Zendesk's REST API. @param path with its query */
  zendesk(path: string): Promise<unknown>;
  salesforce: {
    query(soql: string): Promise<{ records: unknown[] }>;
    record(object: string, id: string, fields: string[]): Promise<Record<string, unknown>>;
  };
}

/** The data as the platform's own pages read it: directly, without the faults of the network between the platform and Sidelight. */
export function hostData({ salesforce, zendesk }: LabTenant): HostData {
  const zendeskSession = session(zendesk, "/oauth/tokens", { scope: "read" });
  const salesforceSession = session(salesforce, "/services/oauth2/token", {});
  const data = "/services/data/v67.0";
  return {
    zendesk: zendeskSession,
    salesforce: {
      query: async (soql) => (await salesforceSession(`${data}/query?q=${encodeURIComponent(soql)}`)) as { records: unknown[] },
      record: async (object, id, fields) =>
        (await salesforceSession(`${data}/sobjects/${object}/${id}?fields=${fields.join(",")}`)) as Record<string, unknown>,
    },
  };
}

interface Simulator {
  url: string;
  credentials: { clientId: string; clientSecret: string };
  direct(request: Request): Promise<Response>;
}

/** Keeps a token until the platform refuses it. */
function session(
  simulator: Simulator,
  tokenPath: string,
  parameters: Record<string, string>,
): (path: string) => Promise<unknown> {
  let token: Promise<string> | undefined;
  const attempt = async (path: string): Promise<Response> => {
    token ??= signIn(simulator, tokenPath, parameters);
    return await simulator.direct(
      new Request(`${simulator.url}${path}`, { headers: { authorization: `Bearer ${await token}` } }),
    );
  };
  return async (path) => {
    let response = await attempt(path);
    if (response.status === 401) {
      token = undefined;
      response = await attempt(path);
    }
    if (!response.ok) throw new Error(`The platform answered ${response.status}.`);
    return await response.json();
  };
}

async function signIn(
  { url, credentials, direct }: Simulator,
  path: string,
  parameters: Record<string, string>,
): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...parameters,
  });
  const response = await direct(new Request(`${url}${path}`, { method: "POST", body }));
  if (!response.ok) throw new Error(`The sign-in answered ${response.status}.`);
  return ((await response.json()) as { access_token: string }).access_token;
}
