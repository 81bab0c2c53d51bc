import type { LabTenant } from "../simulators/lab.ts";

/** What a host page needs of its platform: the record that the page around the panel shows. */
export interface HostData {
  /** A GET at Zendesk's REST API, by path and query. */
  zendesk(path: string): Promise<unknown>;
  salesforce: {
    query(soql: string): Promise<{ records: unknown[] }>;
    record(object: string, id: string, fields: string[]): Promise<Record<string, unknown>>;
  };
}

/** Signs in as the platform's own page would: with tokens of its own, which say nothing of the product's. */
export function hostData({ salesforce, zendesk }: LabTenant): HostData {
  const atZendesk = session(zendesk.url, () =>
    signIn(`${zendesk.url}/oauth/tokens`, zendesk.credentials.clientId, zendesk.credentials.clientSecret, { scope: "read" }),
  );
  const atSalesforce = session(salesforce.url, () =>
    signIn(`${salesforce.url}/services/oauth2/token`, salesforce.credentials.clientId, salesforce.credentials.clientSecret, {}),
  );
  const data = "/services/data/v67.0";
  return {
    zendesk: atZendesk,
    salesforce: {
      query: async (soql) => (await atSalesforce(`${data}/query?q=${encodeURIComponent(soql)}`)) as { records: unknown[] },
      record: async (object, id, fields) =>
        (await atSalesforce(`${data}/sobjects/${object}/${id}?fields=${fields.join(",")}`)) as Record<string, unknown>,
    },
  };
}

async function signIn(url: string, clientId: string, clientSecret: string, more: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...more,
  });
  const response = await fetch(url, { method: "POST", body });
  if (!response.ok) throw new Error(`sign-in answered ${response.status}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Keeps a token until it is refused. */
function session(url: string, getToken: () => Promise<string>): (path: string) => Promise<unknown> {
  let token: Promise<string> | undefined;
  const attempt = async (path: string): Promise<Response> => {
    token ??= getToken();
    token.catch(() => {
      token = undefined;
    });
    return await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${await token}` } });
  };
  return async (path) => {
    let response = await attempt(path);
    if (response.status === 401) {
      token = undefined;
      response = await attempt(path);
    }
    if (!response.ok) throw new Error(`the platform answered ${response.status}`);
    return await response.json();
  };
}
