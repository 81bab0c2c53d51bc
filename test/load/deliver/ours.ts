/** Our own process, as `serve` puts it together: events of one's own services in, Mixpanel's import out. `idle` routes nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "../../../context-api/src/http/app.ts";
import { systemClock } from "../../../context-api/src/operations/clock.ts";
import { createLogger } from "../../../context-api/src/operations/logger.ts";
import { createMetrics } from "../../../context-api/src/operations/metrics.ts";
import { generic } from "../../../context-api/src/platforms/generic/index.ts";
import { mixpanel } from "../../../context-api/src/platforms/mixpanel/index.ts";
import type { Platform } from "../../../context-api/src/platforms/platform.ts";
import { openRuntime } from "../../../context-api/src/runtime.ts";

const [form, folder = ""] = process.argv.slice(2);
const logger = createLogger("error");
const metrics = createMetrics();
const runtime = await openRuntime({
  configFile: `${folder}/sidelight.yaml`,
  dataDirectory: folder,
  env: {},
  platforms: [generic, mixpanel] as readonly Platform[],
  clock: systemClock,
  logger,
  metrics,
  pull: form !== "idle",
});
const { requestsPerMinute, trustedProxies } = runtime.config.config.http;
const { tenants, isReady } = runtime;
const app = createApp({ tenants, clock: systemClock, logger, metrics, home: null, requestsPerMinute, trustedProxies, isReady });
const server = createServer(getRequestListener(app.fetch));
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.once("SIGTERM", () => void runtime.close().then(() => process.exit(0)));
