import { freePort } from "@sidelight/test-support/freePort.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createServeFolder, type ServeFolder, type Serving } from "../harness/serveProcess.ts";

let folder: ServeFolder;
let serving: Serving | null = null;
beforeEach(() => {
  folder = createServeFolder({ http: { stopGraceSeconds: 0 } });
});
afterEach(async () => {
  await serving?.server.stop("SIGKILL");
  serving = null;
  folder.remove();
});

const opsUrl = (port: number) => `http://127.0.0.1:${port}`;
const statusOf = async (url: string) => (await fetch(url)).status;

describe("serve with a port for operations", () => {
  it.each([
    ["--ops-port", (port: number) => ({ args: ["--ops-port", String(port)] })],
    ["SIDELIGHT_OPS_PORT", (port: number) => ({ env: { SIDELIGHT_OPS_PORT: String(port) } })],
  ])("serves the metrics of all tenants there and no longer on the public port (%s)", async (_, optionsFor) => {
    const port = await freePort();
    serving = await folder.start(optionsFor(port));
    await serving.webhook();
    const metrics = await (await fetch(`${opsUrl(port)}/metrics`)).text();
    expect(metrics).toContain("sidelight_deliveries_waiting 0");
    expect(metrics).toContain('sidelight_http_requests_total{route="/v1/webhooks');
    expect(metrics).toContain('sidelight_connection_up{tenant="acme"');
    expect(await statusOf(`${opsUrl(port)}/healthz`)).toBe(200);
    // The first backfill cannot end: the platform does not exist.
    expect(await statusOf(`${opsUrl(port)}/readyz`)).toBe(503);
    expect(await statusOf(`${serving.url}/metrics`)).toBe(404);
    expect(await statusOf(`${serving.url}/healthz`)).toBe(200);
    expect(await statusOf(`${serving.url}/readyz`)).toBe(503);
  });

  it("serves nothing of the API there", async () => {
    const port = await freePort();
    serving = await folder.start({ args: ["--ops-port", String(port)] });
    for (const path of ["/v1/connections", "/openapi.json", "/docs", "/"])
      expect(await statusOf(opsUrl(port) + path), path).toBe(404);
  });

  it("without the port, the metrics stay on the public port and show no tenant", async () => {
    serving = await folder.start();
    const metrics = await (await fetch(`${serving.url}/metrics`)).text();
    expect(metrics).toContain("sidelight_build_info");
    expect(metrics).not.toContain("acme");
  });

  it("names the option of a port that is in use or no port", async () => {
    const port = await freePort();
    serving = await folder.start({ args: ["--ops-port", String(port)] });
    const second = createServeFolder();
    try {
      const inUse = await second.run(["serve", "--ops-port", String(port)]);
      expect(inUse).toMatchObject({ code: 1, err: expect.stringContaining(`Port ${port} is in use. Set --ops-port to another`) });
      const noPort = await second.run(["serve", "--ops-port", "metrics"]);
      expect(noPort).toMatchObject({ code: 2, err: expect.stringContaining('--ops-port is "metrics"') });
    } finally {
      second.remove();
    }
  });
});
