import { readFile } from "node:fs/promises";
import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { OpenedPanel } from "../../services/sessions/openPanel.ts";
import { zendeskAppFolder } from "./folder.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
};
/** Names of built files contain a hash of their content. */
const fileName = /^[A-Za-z0-9_.-]{1,100}\.(js|css|json)$/;

/**
 * The app with the session of its person. The session is data in the page, which the app removes as soon as it has read it: it is in no
 * URL, no cookie and no storage.
 */
export async function panelPage({ session, pageOrigins }: OpenedPanel): Promise<Response> {
  const html = await read("index.html");
  if (html === null)
    throw new ProblemError("not_found", "The Zendesk app is not built. Run npm start, or use the server package.");
  const data = session && `<script type="application/json" id="sidelight-session">${asScriptData(session)}</script>`;
  // The page is at /panels/zendesk/{installation}, its files are below /panels/zendesk/assets/.
  const page = html
    .toString("utf8")
    .replaceAll(/(src|href)="\.\//g, '$1="./assets/')
    .replace("<head>", `<head>${data ?? ""}`);
  return new Response(page, { headers: pageHeaders("app", pageOrigins) });
}

/** One of the app's files; null when there is no such file. */
export async function panelFile(name: string): Promise<Response | null> {
  const extension = fileName.exec(name)?.[1];
  const bytes = extension === undefined ? null : await read(name);
  if (bytes === null) return null;
  const headers = {
    "content-type": mediaTypes[extension ?? ""] ?? "",
    "cache-control": "public, max-age=31536000, immutable",
    "x-content-type-options": "nosniff",
  };
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
}

/**
 * What a person sees in place of the app. A platform that does not ask for a page gets the problem itself.
 * @param pageOrigins the sites that may show it: those of the installation, or every Zendesk account when it is unknown
 */
export function refusalPage(problem: ProblemError, requestId: string, pageOrigins: readonly string[]): Response {
  const { status, title } = problemCodes[problem.code];
  const text = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sidelight</title></head><body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(problem.message)}</p><p>Request id: ${escapeHtml(requestId)}</p></body></html>`;
  return new Response(text, {
    status,
    headers: {
      ...pageHeaders("refusal", pageOrigins),
      "x-request-id": requestId,
      ...(problem.retryAfterSeconds === null ? {} : { "retry-after": String(problem.retryAfterSeconds) }),
    },
  });
}

/** The app gets scripts, styles and calls of this server only; the page of a refusal gets none. */
const pageHeaders = (page: "app" | "refusal", pageOrigins: readonly string[]): Record<string, string> => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    ...(page === "app"
      ? ["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "font-src 'self'"]
      : []),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${pageOrigins.join(" ")}`,
  ].join("; "),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
});

/** JSON that cannot end its script element. */
const asScriptData = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const read = (name: string): Promise<Buffer | null> => readFile(new URL(name, zendeskAppFolder)).catch(() => null);
