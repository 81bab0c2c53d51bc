import type { IncomingMessage } from "node:http";

const localNames = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Why a request to a server of the lab comes from a web page that has nothing to do with it; null when it does not. Any page can send
 * requests to this machine, and with a name of its own that resolves to it (DNS rebinding) even read the answers.
 */
export function foreignRequest({ headers }: Pick<IncomingMessage, "headers">, port: number): string | null {
  const { host = "", origin } = headers;
  if (!isLocal(host, port)) return "The Host header is not the address of this server. Use the one of lab.json.";
  const site = headers["sec-fetch-site"];
  const isOwnSite = site === undefined || site === "same-origin" || site === "none";
  if (!isOwnSite || (origin !== undefined && origin !== `http://${host}`)) return "Web pages of other origins are refused.";
  return null;
}

function isLocal(host: string, port: number): boolean {
  const match = /^(.+?)(?::(\d+))?$/.exec(host.toLowerCase());
  return match !== null && localNames.has(match[1] ?? "") && Number(match[2] ?? 80) === port;
}
