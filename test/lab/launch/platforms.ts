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

/** As the platform's own pages see their data: whatever ails the network between the platform and us, they have it. */
export function hostData({ salesforce, zendesk }: LabTenant): HostData {
  const atZendesk = session(zendesk, "/oauth/tokens", { scope: "read" });
  const atSalesforce = session(salesforce, "/services/oauth2/token", {});
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

interface Place {
  url: string;
  credentials: { clientId: string; clientSecret: string };
  direct(request: Request): Promise<Response>;
}

/** Keeps a token until it is refused. */
function session(place: Place, tokenPath: string, more: Record<string, string>): (path: string) => Promise<unknown> {
  let token: Promise<string> | undefined;
  const attempt = async (path: string): Promise<Response> => {
    token ??= signIn(place, tokenPath, more);
    return await place.direct(new Request(`${place.url}${path}`, { headers: { authorization: `Bearer ${await token}` } }));
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

async function signIn({ url, credentials, direct }: Place, path: string, more: Record<string, string>): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...more,
  });
  const response = await direct(new Request(`${url}${path}`, { method: "POST", body }));
  if (!response.ok) throw new Error(`sign-in answered ${response.status}`);
  return ((await response.json()) as { access_token: string }).access_token;
}
