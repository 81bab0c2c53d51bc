import type { Hono } from "hono";
import { z } from "zod";
import type { Platform } from "../../simulators/log.ts";
import { breakages, currentBreakage, setBreakage } from "./breakages.ts";
import { customers } from "./customers.ts";
import { flowRoutes } from "./flow.ts";
import { happeningRoutes } from "./happenings.ts";
import { isOurPage } from "./ourPage.ts";
import { type PagesDeps, pageFile } from "./server.ts";

const platforms = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel" } as const;

const Switch = z.strictObject({
  platform: z.enum(["salesforce", "zendesk", "mixpanel"]),
  breakage: z.string().max(40).nullable(),
});

const scripts = ["home.js", "happenings.js", "flow.js", "route.js", "arrows.js", "pulse.js", "element.js", "answer.js"];
const styles = ["home.css", "flow.css"];

/** The first page: what this is, where to look, what to make happen, and a switch to break a platform. */
export function homeRoutes(app: Hono, deps: PagesDeps): void {
  const tenant = Object.keys(deps.lab.tenants)[0]!;

  app.get("/", (c) => c.html(pageFile("index.html")));
  for (const name of styles)
    app.get(`/${name}`, (c) => c.body(pageFile(name), 200, { "content-type": "text/css; charset=utf-8" }));
  for (const name of scripts)
    app.get(`/${name}`, (c) => c.body(pageFile(name), 200, { "content-type": "text/javascript; charset=utf-8" }));
  happeningRoutes(app, deps);
  flowRoutes(app, deps);
  app.get("/answer", (c) => c.html(pageFile("answer.html")));

  app.get("/home.json", async (c) => {
    const opened = deps.opened();
    if (!opened) return c.json({ ready: false });
    const client = opened.clients[tenant]!;
    return c.json({
      ready: true,
      tenant,
      docs: `${opened.apiUrl}/docs`,
      zendesk: `/${tenant}/zendesk`,
      salesforce: `/${tenant}/salesforce`,
      customers: await customers(client, opened.examples[tenant]!.resolved),
      breakages: breakages.map(({ name, label }) => ({ name, label })),
    });
  });

  app.get("/platforms.json", async (c) => {
    const opened = deps.opened();
    const told = opened ? await connections(opened.clients[tenant]!.get("/v1/connections")) : {};
    return c.json(
      Object.entries(platforms).map(([name, label]) => ({
        name,
        label,
        breakage: currentBreakage(deps.lab.faults, name as Platform),
        state: told[name]?.state ?? "unknown",
        summary: told[name]?.problem ?? told[name]?.summary ?? "",
      })),
    );
  });

  app.post("/platforms", async (c) => {
    if (!isOurPage(c)) return c.json({ error: "only this page itself may do that" }, 403);
    const wanted = Switch.safeParse(await c.req.json().catch(() => null));
    if (!wanted.success) return c.json({ error: "platform and breakage are needed" }, 400);
    setBreakage(deps.lab.faults, wanted.data.platform, wanted.data.breakage);
    return c.body(null, 204);
  });

  app.get("/answer.json", async (c) => {
    const opened = deps.opened();
    const ref = c.req.query("ref");
    if (!opened || !ref || ref.length > 600) return c.json({ error: "not ready, or no ref" }, 400);
    const response = await opened.clients[tenant]!.get(`/v1/context/${encodeURIComponent(ref)}`);
    const { headers } = response;
    return c.json({
      status: response.status,
      tier: headers.get("x-sidelight-tier"),
      timing: headers.get("server-timing"),
      body: await response.json(),
    });
  });
}

type Told = Record<string, { state: string; summary: string; problem: string | null }>;

async function connections(asked: Promise<Response>): Promise<Told> {
  const response = await asked.catch(() => null);
  if (!response?.ok) return {};
  const { items } = (await response.json()) as { items: (Told[string] & { platform: string })[] };
  return Object.fromEntries(items.map((item) => [item.platform, item]));
}
