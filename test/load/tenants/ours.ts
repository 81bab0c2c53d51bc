/** Our process with many tenants, composed as `serve` does. Prints its port, and writes an API key of each tenant to a file. */
import { writeFileSync } from "node:fs";
import { createApp } from "@sidelight/context-api/http/app.ts";
import { createApiServer } from "@sidelight/context-api/http/server.ts";
import { openRuntime } from "@sidelight/context-api/runtime/runtime.ts";
import { newApiKey } from "@sidelight/context-api/store/apiKeys.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { generic } from "@sidelight/generic/index.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";

const [folder = ""] = process.argv.slice(2);
const logger = createLogger("silent");
const metrics = createMetrics();
const platforms = [generic] as readonly Platform[];
const options = { configFile: `${folder}/sidelight.yaml`, dataDirectory: `${folder}/data`, env: {}, platforms };
const runtime = await openRuntime({ ...options, clock: systemClock, logger, metrics, pull: true });
const { requestsPerMinute, trustedProxies, forwardedHeader } = runtime.config.config.http;
const { tenants, eventSchemas, readiness, shared } = runtime;
const app = createApp({
  ...{ tenants, shared, clock: systemClock, logger, metrics, home: null, requestsPerMinute },
  ...{ trustedProxies, forwardedHeader, platforms, eventSchemas, readiness },
});
const server = createApiServer();
const { port } = await server.listen(0, "127.0.0.1");
server.serve(app, { bodySeconds: 60 });
const keys: Record<string, string> = {};
for (const [name, { tenant }] of tenants) {
  const { token, statement } = newApiKey(tenant.log.store, "agent", "bench", systemClock.now());
  await tenant.log.append({ statements: [statement], correlationId: "bench" });
  keys[name] = token;
}
writeFileSync(`${folder}/keys.json`, JSON.stringify(keys));
process.stdout.write(`${port}\n`);
process.once("SIGTERM", () => process.exit(0));
