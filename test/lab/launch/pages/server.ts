import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { zendeskAppDist } from "../../../../apps/zendesk/tools/build.ts";
import { panelGallery } from "../../hosts/zendesk/gallery.ts";
import type { Lab } from "../../simulators/lab.ts";
import { listen } from "../../simulators/server.ts";
import { salesforceHostDist } from "../builds.ts";
import type { LabState } from "../state.ts";
import { homeRoutes } from "./home.ts";
import { message } from "./message.ts";
import { notificationPages } from "./notifications.ts";
import type { OpenApi, PagesDeps } from "./pagesDeps.ts";
import { tenantPages } from "./tenant.ts";

export interface Pages {
  url: string;
  port: number;
  open(api: OpenApi): void;
  close(): Promise<void>;
}

/** The pages of the lab: home, the host pages of both panels, and a message for what is not built yet. */
export async function startPages({ lab, state, port }: { lab: Lab; state: LabState; port: number }): Promise<Pages> {
  let openApi: OpenApi | null = null;
  let origin = "";
  const deps: PagesDeps = { lab, state, api: () => openApi };
  const app = new Hono({ strict: false });
  homeRoutes(app, deps);
  const gallery = panelGallery({
    selfUrl: () => `${origin}/gallery`,
    appDist: zendeskAppDist,
    salesforceDist: salesforceHostDist,
    homeUrl: "/",
  });
  app.route("/gallery", gallery.app);
  app.route("/notifications", notificationPages(lab.operations));
  for (const tenant of Object.keys(lab.tenants)) app.route(`/${tenant}`, tenantPages(tenant, deps));
  app.notFound((c) => c.html(message("This page does not exist", ""), 404));

  const server = createAdaptorServer({ fetch: app.fetch });
  await listen(server as never, port);
  const { port: boundPort } = server.address() as AddressInfo;
  origin = `http://localhost:${boundPort}`;
  return {
    url: origin,
    port: boundPort,
    open(api) {
      openApi = api;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}
