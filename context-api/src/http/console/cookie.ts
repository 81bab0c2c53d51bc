import { maxConsoleSessionMs } from "../../security/consoleSessions.ts";
import { ProblemError } from "../../services/problemError.ts";

/** Over TLS. Browsers accept the prefix only with `Secure`, `Path=/` and without a domain, so no other host can set it. */
const secureName = "__Host-sidelight-console";
/** On this machine, where there is no TLS. */
const loopbackName = "sidelight-console";

const attributes = "Path=/; HttpOnly; SameSite=Strict";

const loopbackHosts: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The token of a console session in the request's cookies; null without one. @param host the request's Host header */
export function readConsoleCookie(header: string | undefined, host: string | undefined): string | null {
  if (header === undefined) return null;
  const name = isLoopback(host) && !hasCookie(header, secureName) ? loopbackName : secureName;
  return cookieOf(header, name);
}

/** The header that stores a token. @param origin of the page that signs in @throws {ProblemError} forbidden, without TLS */
export function consoleCookie(origin: string, token: string): string {
  const { protocol, hostname } = new URL(origin);
  const life = `${attributes}; Max-Age=${maxConsoleSessionMs / 1000}`;
  if (protocol === "https:") return `${secureName}=${token}; ${life}; Secure`;
  if (loopbackHosts.has(hostname)) return `${loopbackName}=${token}; ${life}`;
  throw new ProblemError("forbidden", "The console needs TLS. Open it with https, or on the machine itself as localhost.", {
    stage: "authenticate",
  });
}

/** The headers that remove it, whichever name it has. */
export const endedConsoleCookies: readonly string[] = [
  `${secureName}=; ${attributes}; Max-Age=0; Secure`,
  `${loopbackName}=; ${attributes}; Max-Age=0`,
];

const isLoopback = (host = ""): boolean => loopbackHosts.has(host.replace(/:\d+$/, "").toLowerCase());
const hasCookie = (header: string, name: string): boolean => cookieOf(header, name) !== null;

/** RFC 6265: the first one of a name counts. */
function cookieOf(header: string, name: string): string | null {
  for (const pair of header.split(";")) {
    const [pairName, text] = pair.trim().split("=", 2);
    if (pairName === name) return text || null;
  }
  return null;
}
