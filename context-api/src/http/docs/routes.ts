import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { asyncApi } from "../../log/schema/asyncapi.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { HttpDeps } from "../deps.ts";
import type { App } from "../env.ts";
import { openApiDocument } from "../openapi/document.ts";
import { externalServicesDocument } from "../openapi/externalServices.ts";
import { docsPage, errorsPage, page } from "./pages.ts";
import { runbookBody, runbookIndex } from "./runbooks.ts";

const html = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
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
  const docsText = once(() => docsPage(document()));
  const externalServicesText = once(() => JSON.stringify(externalServicesDocument(document())));
  const asyncApiText = once(() => JSON.stringify(asyncApi(deps.eventSchemas)));
  app.get("/openapi.json", () => new Response(openApiText(), { headers: json }));
  app.get("/openapi/external-services.json", () => new Response(externalServicesText(), { headers: json }));
  app.get("/asyncapi.json", () => new Response(asyncApiText(), { headers: json }));
  app.get("/docs", () => new Response(docsText(), { headers: html }));
  app.get("/docs/errors", () => new Response(errorsPage(problemCodes), { headers: html }));
  app.get("/docs/runbooks", () => new Response(page("Sidelight runbooks", runbookIndex()), { headers: html }));
  app.get("/docs/runbooks/:kind", async (c) => {
    const kind = c.req.param("kind");
    const body = await runbookBody(kind);
    if (body === null) throw new ProblemError("not_found", "There is no such runbook. GET /docs/runbooks lists them.");
    return new Response(page(`${kind}, Sidelight`, body), { headers: html });
  });
  app.get("/favicon.ico", () => new Response(null, { status: 204 }));
  app.get("/", (c) => c.redirect(deps.home ?? "/docs"));
}
