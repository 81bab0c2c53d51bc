import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ProblemError } from "../../services/problemError.ts";
import type { App } from "../env.ts";
import { consoleFolder } from "./folder.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
};
/** Names of built files contain a hash of their content. */
const fileName = /^[A-Za-z0-9_-]+\.(js|css)$/;

/** The operator's console: a page and its files. They contain no data: the page reads it with the key that a person enters. */
export function consoleRoutes(app: App): void {
  app.get("/console", async () => {
    const html = await read("index.html");
    if (html === null) throw new ProblemError("not_found", "The console is not built. Run npm start, or use the server package.");
    const nonce = randomBytes(16).toString("base64");
    return new Response(html.toString("utf8").replaceAll("{{nonce}}", nonce), { headers: pageHeaders(nonce) });
  });
  app.get("/console/", (c) => c.redirect("/console"));
  app.get("/console/assets/:file", async (c) => {
    const file = c.req.param("file");
    const extension = fileName.exec(file)?.[1];
    const bytes = extension === undefined ? null : await read(`assets/${file}`);
    if (bytes === null) throw new ProblemError("not_found", "There is no such file. The console starts at /console.");
    const headers = { "content-type": mediaTypes[extension ?? ""] ?? "", "cache-control": "public, max-age=31536000, immutable" };
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers });
  });
}

/** Scripts come from here only. Garden writes style elements, which need the nonce of this answer. */
const pageHeaders = (nonce: string): Record<string, string> => ({
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
});

const read = (path: string): Promise<Buffer | null> => readFile(new URL(path, consoleFolder)).catch(() => null);
