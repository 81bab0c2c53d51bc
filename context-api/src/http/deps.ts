import type { Clock } from "@sidelight/model/clock.ts";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** What the API needs of the process. */
export interface HttpDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  /** For the OpenAPI document: what their webhooks send. */
  platforms: readonly Pick<Platform, "name" | "label" | "webhooks">[];
  /** For the AsyncAPI document. */
  eventSchemas: readonly EventSchema[];
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Target of the redirect from `/`; null for the docs. */
  home: string | null;
  /** Limit of one API key. */
  requestsPerMinute: number;
  /** Number of own proxies in front of this process. */
  trustedProxies: number;
  /** Ready once the process may get traffic, with the reasons why it is not. */
  isReady(): { ready: boolean; reasons: string[] };
}
