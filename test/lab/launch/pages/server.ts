import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { zendeskAppDist } from "../../../../apps/zendesk/tools/build.ts";
import { zendeskGallery } from "../../hosts/zendesk/gallery.ts";
import type { Lab } from "../../simulators/lab.ts";
import { listen } from "../../simulators/server.ts";
import type { Examples } from "../../world/examples.ts";
import type { ApiClient } from "../client.ts";
import type { LabState } from "../state.ts";
import { homeRoutes } from "./home.ts";
import { message } from "./message.ts";
import { tenantPages } from "./tenant.ts";

/** Known only once the API runs. */
export interface Opened {
  apiUrl: string;
  clients: Record<string, ApiClient>;
  examples: Record<string, Examples>;
}

export interface PagesDeps {
  lab: Lab;
  state: LabState;
  /** Null until the API has answered for every example. */
  opened(): Opened | null;
}

export interface Pages {
  url: string;
  port: number;
  open(opened: Opened): void;
  close(): Promise<void>;
}

/** The pages that a newcomer sees: home, the host pages of both panels, and what is not built yet. */
export async function startPages({ lab, state, port }: { lab: Lab; state: LabState; port: number }): Promise<Pages> {
  let opened: Opened | null = null;
  let origin = "";
  const deps: PagesDeps = { lab, state, opened: () => opened };
  const app = new Hono({ strict: false });
  homeRoutes(app, deps);
  app.get("/console", (c) =>
    c.html(
      message(
        "The operator's console is not built yet",
        "Until then, <code>GET /v1/connections</code> and <code>/metrics</code> tell how the platforms are doing.",
      ),
    ),
  );
  const gallery = zendeskGallery({ selfUrl: () => `${origin}/gallery`, appDist: zendeskAppDist, homeUrl: "/" });
  app.route("/gallery", gallery.app);
  for (const tenant of Object.keys(lab.tenants)) app.route(`/${tenant}`, tenantPages(tenant, deps));
  app.notFound((c) => c.html(message("There is no such page", ""), 404));

  const server = createAdaptorServer({ fetch: app.fetch });
  await listen(server as never, port);
  const bound = (server.address() as AddressInfo).port;
  origin = `http://localhost:${bound}`;
  return {
    url: origin,
    port: bound,
    open(all) {
      opened = all;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

export const pageFile = (name: string): string => readFileSync(new URL(`./home/${name}`, import.meta.url), "utf8");
