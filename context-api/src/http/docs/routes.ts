import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { asyncApi } from "../../log/schema/asyncapi.ts";
import type { HttpDeps } from "../deps.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { docsPage, errorsPage } from "./pages.ts";

const assets = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
/** What the page loads; everything comes from here, so that it works without the internet. */
const served: Record<string, string> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};
const html = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
};

/** The API's description (OpenAPI 3.0: Salesforce External Services imports no 3.1) and its pages. */
export function docsRoutes(app: App, deps: HttpDeps): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  app.get("/openapi.json", (c) =>
    c.json(
      app.getOpenAPIDocument({
        openapi: "3.0.3",
        info: { title: "Sidelight", version: "1", description: "A customer's whole story, from every platform, in one answer." },
        servers: [{ url: "/" }],
      }),
    ),
  );
  app.get("/asyncapi.json", (c) => c.json(asyncApi()));
  app.get("/docs", () => new Response(docsPage(), { headers: html }));
  app.get("/docs/errors", () => new Response(errorsPage(problemCodes), { headers: html }));
  app.get("/docs/start.js", () => new Response(startScript, { headers: { "content-type": "text/javascript; charset=utf-8" } }));
  app.get("/docs/assets/:file", async (c) => {
    const type = served[c.req.param("file")];
    if (!type) throw new ProblemError("not_found", "There is no such path.");
    const body = await readFile(join(assets, c.req.param("file")));
    return new Response(body as Uint8Array<ArrayBuffer>, {
      headers: { "content-type": type, "cache-control": "public, max-age=86400" },
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
