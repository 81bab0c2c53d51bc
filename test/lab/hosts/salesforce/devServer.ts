/**
 * The record page with the panel's fixtures, for development of the panel without an API:
 * `node test/lab/hosts/salesforce/devServer.ts`, after `vite build test/lab/hosts/salesforce`.
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { type DevApi, devApi, devQuery, devRecord, devRecords } from "./devApi.ts";
import { salesforceHost } from "./host.ts";

export interface DevServer {
  url: string;
  api: DevApi;
  close: () => Promise<void>;
}

/**
 * @param port 0 selects a free port
 * @param now the time of the answers
 */
export async function startDev(port = 0, dist = `${import.meta.dirname}/dist`, now?: () => number): Promise<DevServer> {
  const api = devApi(now);
  const apiServer = await listen(api.app, 0);
  const site = new Hono().route(
    "/salesforce",
    salesforceHost({
      apiUrl: () => apiServer.url,
      apiKey: () => "development",
      dist,
      querySalesforce: devQuery,
      fetchRecord: devRecord,
      exampleRecords: () => devRecords,
      homeUrl: "/salesforce/",
    }),
  );
  const page = await listen(site, port);
  const close = async () => {
    await Promise.all([page.close(), apiServer.close()]);
  };
  return { url: `${page.url}/salesforce/`, api, close };
}

async function listen(app: Hono, port: number): Promise<{ url: string; close: () => Promise<void> }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, ({ port: actualPort }) => {
      const close = () => new Promise<void>((resolveClose) => server.close(() => resolveClose()));
      resolve({ url: `http://127.0.0.1:${actualPort}`, close });
    });
  });
}

if (import.meta.main) {
  const { url } = await startDev(Number(process.env["PORT"] ?? 8790));
  console.log(url);
  for (const { fixture, object, id } of devRecords) console.log(`${url}?objectApiName=${object}&recordId=${id}  ${fixture}`);
}
