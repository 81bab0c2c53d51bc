import { readFileSync } from "node:fs";
import { serveStatic } from "@hono/node-server/serve-static";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { manifestFor, secureParameters } from "../../../../apps/zendesk/tools/manifest.ts";
import type { HostScenarios } from "../hostScenarios.ts";
import { type ProxyRequest, proxyRequest } from "./proxy.ts";
import { readTicket } from "./tickets.ts";

export interface ZendeskHostDeps {
  /** The context API, as the installation's setting `api_url`. */
  apiUrl: () => string;
  /** The installation's settings. Secure ones stay on the server. */
  settings: () => Record<string, string>;
  /** The app's shared secret: the key of `{{jwt.token}}`. */
  jwtSecret: string;
  /** Folder of the built app. */
  appDist: string;
  /** An authenticated GET at the simulator's REST API, by path and query. */
  fetchZendesk: (path: string) => Promise<unknown>;
  exampleTickets: () => { id: number; subject?: string }[];
  /** Opens the app by signed URLs. Without it the app's files are served, and its calls go through the proxy. */
  signIn?: ZendeskSignIn;
  homeUrl: string;
  /** Without it the page offers no scenarios. */
  scenarios?: HostScenarios;
}

/** An installation with `signedUrls`. */
export interface ZendeskSignIn {
  /** Where the form is posted to. */
  url: () => string;
  /** The agent at the page, by the role that it simulates. */
  agent: (role: string) => { id: number; name: string; email: string };
  /** The member `token` of the form. */
  sign: (agent: { id: number }, frame: { location: string; query: string }) => Promise<string>;
}

const page = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), "utf8");

/**
 * An agent's ticket view with the host's side of the ZAF protocol. Its addresses are relative, so it can be mounted anywhere,
 * with or without a slash at the end. For the slash the app around it needs `strict: false`.
 */
export function zendeskHost(deps: ZendeskHostDeps): Hono {
  const app = new Hono({ strict: false });
  const html = page("index.html");
  const scripts = ["page.js", "zaf.js", "editor.js", "workspace.js", "scenarios.js"] as const;

  app.get("/", (c) => c.html(html.replace("<!-- base -->", baseTag(new URL(c.req.url).pathname))));
  for (const name of ["page.css", "ticket.css"]) {
    app.get(`/${name}`, (c) => c.body(page(name), 200, { "content-type": "text/css; charset=utf-8" }));
  }
  for (const name of scripts) {
    app.get(`/${name}`, (c) => c.body(page(name), 200, { "content-type": "text/javascript; charset=utf-8" }));
  }
  app.get("/workspace.json", (c) => c.json(workspace(deps)));
  app.get("/tickets/:id{[0-9]+}", async (c) => {
    const ticket = await readTicket(deps.fetchZendesk, Number(c.req.param("id")));
    return ticket ? c.json(ticket) : c.json({ error: "not found" }, 404);
  });
  app.post("/request", compress(), async (c) => {
    if (!isOurPage(c)) return c.json({ error: "Only the host page may send requests." }, 403);
    return c.json(await request(deps, await c.req.json<ProxyRequest>()));
  });
  app.post("/signed", async (c) => {
    if (!isOurPage(c)) return c.json({ error: "Only the host page may open the app." }, 403);
    const { role, ...frame } = await c.req.json<{ role: string; location: string; query: string }>();
    if (!deps.signIn) return c.json(null);
    return c.json({ url: deps.signIn.url(), token: await deps.signIn.sign(deps.signIn.agent(role), frame) });
  });
  app.post("/scenarios", async (c) => {
    if (!isOurPage(c)) return c.json({ error: "Only the host page may run scenarios." }, 403);
    return c.json(deps.scenarios?.run(await c.req.json().catch(() => null)) ?? { error: "This page has no scenarios." });
  });
  // As the API answers when the browser loads the page of a signed-in person again: the app without a session.
  app.get("/panels/zendesk/ended", (c) =>
    c.html(readFileSync(`${deps.appDist}/index.html`, "utf8").replaceAll('"./', '"../../app/')),
  );
  // As Zendesk serves an app's files: compressed, and kept by the browser, because the names contain a hash.
  app.use("/app/*", compress(), keepHashedFiles);
  app.use("/app/*", serveStatic({ root: deps.appDist, rewriteRequestPath: (path) => path.slice(path.indexOf("/app/") + 4) }));
  return app;
}

/** At `/zendesk`, without a slash at the end, relative addresses would start at the root. */
function baseTag(path: string): string {
  return path.endsWith("/") ? "" : `<base href="${path.slice(path.lastIndexOf("/") + 1)}/">`;
}

/** The page names the files, so it is always asked for. */
async function keepHashedFiles(c: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const isPage = c.req.path.endsWith(".html");
  c.header("cache-control", isPage ? "no-cache" : "public, max-age=31536000, immutable");
}

/** A different site in the same browser must not use the installation's key. */
function isOurPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  return (site === undefined || site === "same-origin") && (c.req.header("content-type") ?? "").startsWith("application/json");
}

async function request(deps: ZendeskHostDeps, appRequest: ProxyRequest) {
  if (appRequest.url.startsWith("/api/")) {
    const body = await deps.fetchZendesk(appRequest.url);
    return { status: 200, statusText: "OK", responseHeaders: {}, responseText: JSON.stringify(body) };
  }
  const { domainWhitelist } = manifestFor(deps.apiUrl());
  const settings = { ...deps.settings(), api_url: deps.apiUrl() };
  try {
    return await proxyRequest(appRequest, { settings, jwtSecret: deps.jwtSecret, domainWhitelist });
  } catch {
    // An unreachable API looks like a broken connection to the app.
    return { status: 0, statusText: "error", responseHeaders: {}, responseText: "" };
  }
}

/** The installation as the page may see it: without secure settings. */
function workspace(deps: ZendeskHostDeps) {
  const manifest = manifestFor(deps.apiUrl());
  const secure = secureParameters(manifest);
  const allSettings = { ...deps.settings(), api_url: deps.apiUrl() };
  const settings = Object.fromEntries(Object.entries(allSettings).filter(([name]) => !secure.has(name)));
  return {
    metadata: { appId: 4711, installationId: 815, name: manifest.name, version: manifest.version, settings },
    locations: Object.keys(manifest.location.support),
    tickets: deps.exampleTickets(),
    agents: deps.signIn && { agent: deps.signIn.agent("agent"), admin: deps.signIn.agent("admin") },
    homeUrl: deps.homeUrl,
    scenarios: deps.scenarios?.kinds ?? [],
  };
}
