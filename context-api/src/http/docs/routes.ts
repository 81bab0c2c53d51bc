import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { asyncApi } from "../../log/schema/asyncapi.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { HttpDeps } from "../deps.ts";
import type { App } from "../env.ts";
import { openApiDocument } from "../openapi/document.ts";
import { externalServicesDocument } from "../openapi/externalServices.ts";
import { docsPage, errorsPage } from "./pages.ts";

const assets = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
/** Files that the page loads. They are served from here, so that the page works without the internet. */
const mediaTypes: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
]);
const html = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
};

const json = { "content-type": "application/json" };

/** Calls `make` at the first use. */
function once<T>(make: () => T): () => T {
  let result: { value: T } | null = null;
  return () => {
    result ??= { value: make() };
    return result.value;
  };
}

/** The API's description and its pages. */
export function docsRoutes(app: App, deps: HttpDeps): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  // Made once: the operations do not change while the process runs.
  const document = once(() => openApiDocument(app, deps.platforms));
  const openApiText = once(() => JSON.stringify(document()));
  const externalServicesText = once(() => JSON.stringify(externalServicesDocument(document())));
  const asyncApiText = once(() => JSON.stringify(asyncApi(deps.eventSchemas)));
  app.get("/openapi.json", () => new Response(openApiText(), { headers: json }));
  app.get("/openapi/external-services.json", () => new Response(externalServicesText(), { headers: json }));
  app.get("/asyncapi.json", () => new Response(asyncApiText(), { headers: json }));
  app.get("/docs", () => new Response(docsPage(), { headers: html }));
  app.get("/docs/errors", () => new Response(errorsPage(problemCodes), { headers: html }));
  app.get("/docs/start.js", () => new Response(startScript, { headers: { "content-type": "text/javascript; charset=utf-8" } }));
  app.get("/docs/assets/:file", async (c) => {
    const mediaType = mediaTypes.get(c.req.param("file"));
    if (!mediaType) throw new ProblemError("not_found", "There is no such file. The documentation starts at /docs.");
    const body = await readFile(join(assets, c.req.param("file")));
    return new Response(body as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": mediaType, "cache-control": "public, max-age=86400" },
    });
  });
  app.get("/favicon.ico", () => new Response(null, { status: 204 }));
  app.get("/", (c) => c.redirect(deps.home ?? "/docs"));
}

const startScript = `SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#api",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  validatorUrl: null,
});
`;
