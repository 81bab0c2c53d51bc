import type { Clock } from "@sidelight/model/clock.ts";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { SharedState } from "../redis/sharedState.ts";
import type { Authenticate } from "../services/actors/authenticate.ts";
import type { ServedTenant } from "../services/servedTenant.ts";
import type { ReceiveWebhook } from "../services/webhooks/receiveWebhook.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ForwardedHeader } from "./clientAddress.ts";
import type { RateLimit } from "./rateLimit.ts";
import type { WarmReads } from "./warmReads.ts";

/** What the API needs of the process. */
export interface HttpDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  /** For the OpenAPI document: what their webhooks send. */
  platforms: readonly Pick<Platform, "name" | "label" | "webhooks">[];
  /** For the AsyncAPI document. */
  eventSchemas: readonly EventSchema[];
  clock: Clock;
  /** Counts requests of all processes. */
  shared: SharedState;
  logger: Logger;
  metrics: Metrics;
  /** Target of the redirect from `/`; null for the docs. */
  home: string | null;
  /** Limit of one API key. */
  requestsPerMinute: number;
  /** Own proxies in front of this process, see {@link createClientAddress}. */
  trustedProxies: number | readonly string[];
  /** The header in which our proxies name the client. */
  forwardedHeader: ForwardedHeader;
  /** True writes a line to the log for each request. */
  accessLog?: boolean;
  /** The roles of this process; all when left out. */
  roles?: readonly string[] | undefined;
  /** True when another port serves the metrics. */
  hasOpsPort?: boolean;
  /** Why the process should not get traffic now; empty when it may. */
  readiness(): Promise<readonly { code: string; detail: string }[]>;
}

/** What the operations share, whichever way a request reaches them. */
export interface RouteDeps extends HttpDeps {
  receiveWebhook: ReceiveWebhook;
  authenticate: Authenticate;
  rateLimit: RateLimit;
  warmReads: WarmReads;
}
