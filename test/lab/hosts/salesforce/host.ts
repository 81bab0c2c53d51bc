import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { routePath } from "hono/route";
import type { HostScenarios } from "../hostScenarios.ts";
import { type ApexDeps, createApex } from "./apex.ts";
import { layouts } from "./layouts.ts";
import { type RecordDeps, recordName, recordPage } from "./records.ts";

export interface SalesforceHostDeps extends ApexDeps, RecordDeps {
  /** Folder of the page that `vite build test/lab/hosts/salesforce` has built. */
  dist: string;
  exampleRecords: () => { object: string; id: string }[];
  homeUrl: string;
  /** Left out, the page offers none. */
  scenarios?: HostScenarios;
}

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** In Lightning a component can reach only its own org. The same policy applies to this page. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";

/** A page that looks like a Lightning record page and contains the component of apps/salesforce. Mount it under any path. */
export function salesforceHost(deps: SalesforceHostDeps): Hono {
  const app = new Hono();
  const apex = createApex(deps);

  app.get("/lab", async (c) => {
    const examples = await Promise.all(
      deps.exampleRecords().map(async ({ object, id }) => ({ object, id, name: await recordName(deps, object, id) })),
    );
    return c.json({ homeUrl: deps.homeUrl, examples, scenarios: deps.scenarios?.kinds ?? [] });
  });

  app.post("/scenarios", async (c) => {
    if (!c.req.header("content-type")?.startsWith("application/json")) return c.json({}, 415);
    return c.json(deps.scenarios?.run(await c.req.json().catch(() => null)) ?? { error: "This page has no scenarios." });
  });

  app.get("/records/:object/:id", async (c) => {
    const { object, id } = c.req.param();
    if (!Object.hasOwn(layouts, object) || !/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/.test(id))
      return c.json({ title: "No such record" }, 404);
    return c.json(await recordPage(deps, object, id));
  });

  app.post("/apex/:method", async (c) => {
    // A page of another origin cannot send this content type without a CORS preflight.
    if (!c.req.header("content-type")?.startsWith("application/json")) return c.json({}, 415);
    const result = await apex(c.req.param("method"), await c.req.json().catch(() => null));
    // Lightning also responds 200 when a method throws. The failure is in the body.
    return c.json("value" in result ? result : { error: { body: { message: JSON.stringify(result.failure) } } });
  });

  app.get("*", compress(), async (c) => {
    const mountPath = routePath(c).replace(/\/?\*$/, "");
    const { pathname, search } = new URL(c.req.url);
    // The page uses relative URLs, so its own URL has to end with a slash.
    if (pathname === mountPath) return c.redirect(`${mountPath}/${search}`);
    const name = pathname.slice(mountPath.length + 1) || "index.html";
    return /^[\w-]+\.(js|css|html)$/.test(name) ? file(deps.dist, name) : c.json({ title: "No such page" }, 404);
  });
  return app;
}

async function file(dist: string, name: string): Promise<Response> {
  try {
    const bytes = await readFile(`${dist}/${name}`);
    return new Response(new Uint8Array(bytes), {
      headers: {
        "content-type": types[extname(name)] ?? "application/octet-stream",
        "content-security-policy": contentSecurityPolicy,
        "cache-control": "no-cache",
      },
    });
  } catch {
    return new Response("This page has not been built. Run: vite build test/lab/hosts/salesforce", {
      status: name === "index.html" ? 200 : 404,
    });
  }
}
