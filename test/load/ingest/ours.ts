/** Our process, composed as `serve` does, in two forms: `durable` writes, `sealed` does everything except the write. */
import { createApp } from "@sidelight/context-api/http/app.ts";
import { createApiServer } from "@sidelight/context-api/http/server.ts";
import { limitHeapGrowth } from "@sidelight/context-api/runtime/heap.ts";
import { openRuntime } from "@sidelight/context-api/runtime/runtime.ts";
import { newKey, seal } from "@sidelight/context-api/security/seal.ts";
import { newApiKey } from "@sidelight/context-api/store/apiKeys.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { zendesk } from "@sidelight/zendesk/index.ts";

const [form, folder = "", databaseUrl] = process.argv.slice(2);
limitHeapGrowth();
const logger = createLogger("silent");
const metrics = createMetrics();
const runtime = await openRuntime({
  configFile: `${folder}/sidelight.yaml`,
  dataDirectory: `${folder}/${form}${databaseUrl ? "-postgres" : ""}`,
  env: databaseUrl ? { SIDELIGHT_DATABASE_URL: databaseUrl } : {},
  platforms: [zendesk] as readonly Platform[],
  clock: systemClock,
  logger,
  metrics,
  pull: false,
});
const { log } = runtime.tenants.get("bench")!.tenant;
const { token, statement } = newApiKey(log.store, "service", "bench", Date.now());
await log.commit({ statements: [statement], correlationId: "bench" });
// Requesters are known customers. Unknown ones would cause look-ups at a platform that does not exist.
await log.commit({
  records: Array.from({ length: 5_000 }, (_, i) => requester(i + 1)),
  correlationId: "bench",
  isBackfill: true,
});
if (form === "sealed") neverWrite();
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
process.stdout.write(`${port} ${token}\n`);
process.once("SIGTERM", () => process.exit(0));

/** Draws a subject's key once and seals the payload with it, as the log does. */
function neverWrite(): void {
  const keys = new Map<string, ReturnType<typeof newKey>>();
  let count = 0;
  log.append = async ({ events = [] }) => {
    const appends = events.map((event) => {
      const key = keys.get(event.subject) ?? newKey();
      keys.set(event.subject, key);
      const eventId = `evt_${++count}`;
      seal(key, { tenant: "bench", table: "events", id: eventId }, JSON.stringify(event));
      return { eventId, isDuplicate: false };
    });
    return { head: 0, appended: 0, unchanged: 0, events: appends };
  };
}

function requester(id: number): RecordInput {
  const email = `person${id}@example.com`;
  return {
    ref: `zendesk.user:${id}`,
    platform: "zendesk",
    connection: "zendesk",
    object: "user",
    subject: `zendesk.user:${id}`,
    changedAt: 1,
    observedAt: Date.now(),
    identifiers: [{ kind: "email", value: email }],
    edges: [],
    data: { kind: "person", name: `Person ${id}`, emails: [email], phones: [], title: null, optedOut: false },
  };
}
