/** Our process, composed as `serve` does: generic events in, Mixpanel's import out. `idle` routes nothing. */
import { createApp } from "@sidelight/context-api/http/app.ts";
import { createApiServer } from "@sidelight/context-api/http/server.ts";
import { limitHeapGrowth } from "@sidelight/context-api/runtime/heap.ts";
import { openRuntime } from "@sidelight/context-api/runtime/runtime.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { generic } from "@sidelight/generic/index.ts";
import { mixpanel } from "@sidelight/mixpanel/index.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";

const [form, folder = "", databaseUrl] = process.argv.slice(2);
limitHeapGrowth();
const logger = createLogger("error");
const metrics = createMetrics();
const runtime = await openRuntime({
  configFile: `${folder}/sidelight.yaml`,
  dataDirectory: folder,
  env: databaseUrl ? { SIDELIGHT_DATABASE_URL: databaseUrl } : {},
  platforms: [generic, mixpanel] as readonly Platform[],
  clock: systemClock,
  logger,
  metrics,
  pull: form !== "idle",
});
const { requestsPerMinute, trustedProxies, forwardedHeader } = runtime.config.config.http;
const { tenants, eventSchemas, readiness } = runtime;
const app = createApp({
  tenants,
  shared: runtime.shared,
  clock: systemClock,
  logger,
  metrics,
  home: null,
  requestsPerMinute,
  trustedProxies,
  forwardedHeader,
  platforms: [],
  eventSchemas,
  readiness,
});
const server = createApiServer();
const { port } = await server.listen(0, "127.0.0.1");
server.serve(app, { bodySeconds: 60 });
process.stdout.write(`${port}\n`);
process.once("SIGTERM", () => void runtime.close().then(() => process.exit(0)));
