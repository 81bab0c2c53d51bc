import { SignJWT } from "jose";

/** The options of `client.request`, as the page sends them. */
export interface ProxyRequest {
  url: string;
  type?: string;
  headers?: Record<string, string>;
  data?: string;
  contentType?: string;
  secure?: boolean;
  jwt?: { algorithm?: string; expiry?: number; claims?: Record<string, unknown> };
}

/** The complete response, as `httpCompleteResponse: true` gives it to the app. */
export interface ProxyResponse {
  status: number;
  statusText: string;
  responseHeaders: Record<string, string>;
  responseText: string;
}

export interface ProxyConfig {
  /** All settings of the installation, including secure ones. */
  settings: Readonly<Record<string, string>>;
  /** The app's shared secret: the proxy signs an app's claims with it. */
  jwtSecret: string;
  domainWhitelist: readonly string[];
}

const proxyDeadlineMs = 30_000;

/** Zendesk's request proxy: fills in settings and tokens on the server, and reaches only allowed domains. */
export async function proxyRequest(request: ProxyRequest, config: ProxyConfig): Promise<ProxyResponse> {
  const fill = request.secure ? await placeholders(request, config) : (text: string) => text;
  const url = new URL(fill(request.url));
  if (!isAllowed(url, config.domainWhitelist)) return refused(`${url.hostname} is not in the app's domainWhitelist.`);
  const method = (request.type ?? "GET").toUpperCase();
  const answer = await fetch(url, {
    method,
    headers: {
      ...outgoing(request.headers ?? {}, fill),
      ...(request.contentType ? { "content-type": request.contentType } : {}),
    },
    ...(method === "GET" || method === "HEAD" || request.data === undefined ? {} : { body: fill(request.data) }),
    // A redirect could carry the secret to a domain that is not allowed.
    redirect: "manual",
    signal: AbortSignal.timeout(proxyDeadlineMs),
  });
  return {
    status: answer.status,
    statusText: answer.statusText,
    responseHeaders: Object.fromEntries(answer.headers),
    responseText: await answer.text(),
  };
}

/** Zendesk drops header names with underscores. */
function outgoing(headers: Record<string, string>, fill: (text: string) => string): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !name.includes("_"));
  return Object.fromEntries(entries.map(([name, value]) => [name, fill(value)]));
}

async function placeholders({ jwt }: ProxyRequest, config: ProxyConfig): Promise<(text: string) => string> {
  const token = jwt ? await sign(jwt, config.jwtSecret) : "";
  return (text) =>
    text
      .replaceAll("{{jwt.token}}", token)
      .replace(/\{\{setting\.(\w+)\}\}/g, (placeholder, name: string) =>
        Object.hasOwn(config.settings, name) ? (config.settings[name] ?? "") : placeholder,
      );
}

function sign({ expiry = 300, claims = {} }: NonNullable<ProxyRequest["jwt"]>, secret: string): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(`${expiry}s`)
    .sign(new TextEncoder().encode(secret));
}

function isAllowed({ hostname, protocol }: URL, domains: readonly string[]): boolean {
  return (protocol === "https:" || protocol === "http:") && domains.includes(hostname);
}

function refused(detail: string): ProxyResponse {
  return { status: 403, statusText: "Forbidden", responseHeaders: {}, responseText: JSON.stringify({ error: detail }) };
}
