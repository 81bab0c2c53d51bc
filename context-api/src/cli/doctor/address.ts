import type { Connection } from "../../connections/connections.ts";
import type { Finding } from "./finding.ts";

const timeoutMs = 10_000;

/**
 * What a panel meets at the public address of this installation: encryption, the server behind the proxy, and the pages that may embed
 * the panel. Sends no credentials.
 * @param address as panels and platforms use it: https://sidelight.mycompany.com
 */
export async function addressFindings(address: string, connections: readonly Connection[]): Promise<Finding[]> {
  const url = new URL(address);
  const findings: Finding[] = [encryptionFinding(url), await serverFinding(url)];
  if (findings.some(({ ok }) => !ok)) return findings;
  for (const { connector } of connections) {
    const [installation] = connector.signIn?.installations ?? [];
    if (connector.signIn && installation !== undefined)
      findings.push(await embeddingFinding(url, installation, connector.signIn.pageOrigins));
  }
  return findings;
}

function encryptionFinding({ protocol, hostname, origin }: URL): Finding {
  const isLocal = hostname === "localhost" || hostname === "127.0.0.1";
  if (protocol === "https:") return { ok: true, what: `${origin} is encrypted` };
  if (isLocal) return { ok: true, what: `${origin} is on this machine; platforms need https` };
  return {
    ok: false,
    what: `${origin} is not encrypted`,
    next: "put a proxy with a certificate before the server, and use https",
  };
}

async function serverFinding(url: URL): Promise<Finding> {
  const summary = `${url.origin} answers`;
  try {
    const response = await request(url, "/healthz");
    const isOurs = response.ok && response.headers.get("content-type")?.includes("json");
    if (isOurs) return { ok: true, what: summary };
    const next = "check that the proxy passes all paths to sidelight serve without a sign-in page of its own";
    return { ok: false, what: `${url.origin}/healthz answers ${response.status}, and not as Sidelight does`, next };
  } catch (error) {
    const next = "check the name in DNS, the certificate, the proxy, and that sidelight serve runs";
    return { ok: false, what: `${url.origin} does not answer: ${reasonOf(error)}`, next };
  }
}

/** A form without a token is refused. The answer shows whether the proxy keeps the header that lets the platform embed the panel. */
async function embeddingFinding(url: URL, installation: string, pageOrigins: readonly string[]): Promise<Finding> {
  const path = `/panels/zendesk/${encodeURIComponent(installation)}`;
  const response = await request(url, path).catch(() => null);
  const policy = response?.headers.get("content-security-policy") ?? "";
  const ancestors = /frame-ancestors ([^;]*)/.exec(policy)?.[1]?.split(" ") ?? [];
  const summary = `${url.origin}${path} can be embedded by ${pageOrigins.join(" and ")}`;
  const next =
    "start sidelight serve with this configuration, and let the proxy keep Content-Security-Policy and add no X-Frame-Options";
  if (response?.status !== 200) return { ok: false, what: `${url.origin}${path} answers ${response?.status ?? "nothing"}`, next };
  if (response.headers.has("x-frame-options") || pageOrigins.some((origin) => !ancestors.includes(origin)))
    return { ok: false, what: `${url.origin}${path} cannot be embedded by ${pageOrigins.join(" and ")}`, next };
  return { ok: true, what: summary };
}

const request = (url: URL, path: string): Promise<Response> =>
  fetch(new URL(`${url.pathname.replace(/\/$/, "")}${path}`, url), {
    redirect: "manual",
    headers: { accept: "*/*", "user-agent": "Sidelight doctor" },
    signal: AbortSignal.timeout(timeoutMs),
  });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return error instanceof Error && error.name === "TimeoutError" ? "no answer in 10 seconds" : "the connection failed";
}
