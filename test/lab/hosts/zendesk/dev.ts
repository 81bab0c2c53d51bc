/**
 * The agent's ticket view and the gallery over fixtures, for work on the app without an API or simulators:
 * `node test/lab/hosts/zendesk/dev.ts`, after `vite build apps/zendesk`.
 */
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import type { FixtureApi } from "./fixtureApi.ts";
import { panelGallery } from "./gallery.ts";

export interface DevServer {
  /** The gallery; the host page is at `host/` under it. */
  url: string;
  api: FixtureApi;
  close: () => Promise<void>;
}

/**
 * @param port 0 for any free port
 * @param salesforceDist folder of the built record page, for a gallery of both panels
 */
export function startDev(port = 0, now?: () => number, salesforceDist?: string): Promise<DevServer> {
  let origin = "";
  const { app, api } = panelGallery({
    selfUrl: () => `${origin}/gallery`,
    appDist: fileURLToPath(new URL("../../../../apps/zendesk/dist", import.meta.url)),
    homeUrl: "/gallery/",
    ...(now ? { now } : {}),
    ...(salesforceDist === undefined ? {} : { salesforceDist }),
  });
  const site = new Hono({ strict: false }).route("/gallery", app);
  return new Promise((resolve) => {
    const server = serve({ fetch: site.fetch, port, hostname: "127.0.0.1" }, ({ port: freePort }) => {
      origin = `http://127.0.0.1:${freePort}`;
      const close = () =>
        new Promise<void>((resolveClose) => {
          server.close(() => resolveClose());
          // A browser keeps its connections open, and `loading` is never answered.
          if ("closeAllConnections" in server) server.closeAllConnections();
        });
      resolve({ url: `${origin}/gallery/`, api, close });
    });
  });
}

if (import.meta.main) {
  const { url } = await startDev(Number(process.env["PORT"] ?? 8791));
  console.log(`${url}\n${url}host/`);
}
