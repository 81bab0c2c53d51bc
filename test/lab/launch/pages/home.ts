import type { Hono } from "hono";
import { z } from "zod";
import type { Platform } from "../../simulators/log.ts";
import { breakages, currentBreakage, setBreakage } from "./breakages.ts";
import { customers } from "./customers.ts";
import { flowRoutes } from "./flow.ts";
import { pageFile } from "./pageFile.ts";
import type { PagesDeps } from "./pagesDeps.ts";
import { isSameOrigin } from "./sameOrigin.ts";
import { scenarioRoutes } from "./scenarios.ts";

const platforms = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel" } as const;

const Switch = z.strictObject({
  platform: z.enum(["salesforce", "zendesk", "mixpanel"]),
  breakage: z.string().max(40).nullable(),
});

const scripts = ["home.js", "scenarios.js", "flow.js", "route.js", "arrows.js", "pulse.js", "element.js", "answer.js"];
const styles = ["home.css", "flow.css", "notifications.css"];

/** The home page: an introduction, links, scenarios, the flow of events and switches that break a platform. */
export function homeRoutes(app: Hono, deps: PagesDeps): void {
  const tenant = Object.keys(deps.lab.tenants)[0]!;

  app.get("/", (c) => c.html(pageFile("index.html")));
  for (const name of styles)
    app.get(`/${name}`, (c) => c.body(pageFile(name), 200, { "content-type": "text/css; charset=utf-8" }));
  for (const name of scripts)
    app.get(`/${name}`, (c) => c.body(pageFile(name), 200, { "content-type": "text/javascript; charset=utf-8" }));
  scenarioRoutes(app, deps);
  flowRoutes(app, deps);
  app.get("/answer", (c) => c.html(pageFile("answer.html")));

  app.get("/home.json", async (c) => {
    const api = deps.api();
    if (!api) return c.json({ ready: false });
    const client = api.clients[tenant]!;
    return c.json({
      ready: true,
      tenant,
      docs: `${api.url}/docs`,
      console: `${api.url}/console`,
      zendesk: `/${tenant}/zendesk`,
      salesforce: `/${tenant}/salesforce`,
      customers: await customers(client, api.examples[tenant]!.resolved),
      breakages: breakages.map(({ name, label }) => ({ name, label })),
    });
  });

  app.get("/platforms.json", async (c) => {
    const api = deps.api();
    const statuses = api ? await connectionStatuses(api.clients[tenant]!.get("/v1/connections")) : {};
    return c.json(
      Object.entries(platforms).map(([name, label]) => ({
        name,
        label,
        breakage: currentBreakage(deps.lab.faults, name as Platform),
        state: statuses[name]?.state ?? "unknown",
        summary: statuses[name]?.problem ?? statuses[name]?.summary ?? "",
      })),
    );
  });

  app.post("/platforms", async (c) => {
    if (!isSameOrigin(c)) return c.json({ error: "Only this page may do that." }, 403);
    const form = Switch.safeParse(await c.req.json().catch(() => null));
    if (!form.success) return c.json({ error: "platform and breakage are needed" }, 400);
    setBreakage(deps.lab.faults, form.data.platform, form.data.breakage);
    return c.body(null, 204);
  });

  app.get("/answer.json", async (c) => {
    const api = deps.api();
    const ref = c.req.query("ref");
    if (!api || !ref || ref.length > 600) return c.json({ error: "not ready, or no ref" }, 400);
    const response = await api.clients[tenant]!.get(`/v1/context/${encodeURIComponent(ref)}`);
    const { headers } = response;
    return c.json({
      status: response.status,
      tier: headers.get("x-sidelight-tier"),
      timing: headers.get("server-timing"),
      body: await response.json(),
    });
  });
}

type ConnectionStatuses = Record<string, { state: string; summary: string; problem: string | null }>;

async function connectionStatuses(request: Promise<Response>): Promise<ConnectionStatuses> {
  const response = await request.catch(() => null);
  if (!response?.ok) return {};
  const { items } = (await response.json()) as { items: (ConnectionStatuses[string] & { platform: string })[] };
  return Object.fromEntries(items.map((item) => [item.platform, item]));
}
