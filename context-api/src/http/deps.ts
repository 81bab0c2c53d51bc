import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import type { Clock } from "@sidelight/model/clock.ts";
import type { Contexts } from "../context/contexts.ts";
import type { Sightings } from "../context/panelViews.ts";
import type { Tenant } from "../context/tenant.ts";
import type { Deliveries } from "../deliveries/deliveryQueue.ts";
import type { Hub } from "../ingest/ingest.ts";
import type { Routing } from "../routing/routing.ts";
import type { Rights, RoleName } from "../security/roles.ts";
import type { Sync } from "../sync/runner.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** A tenant with what the operations need of it. */
export interface ServedTenant {
  tenant: Tenant;
  contexts: Contexts;
  /** By connection. Empty where this process doesn't pull. */
  syncs: ReadonlyMap<string, Sync>;
  hub: Hub;
  sightings: Sightings;
  deliveries: Deliveries;
  /** Null where this process delivers nothing. */
  routing: Routing | null;
  configuration: TenantConfiguration;
  /** Aborted once another configuration has opened the tenant anew: whoever holds on to this one lets go. */
  ended: AbortSignal;
}

/** One tenant's configuration, as it is and as it was. */
export interface TenantConfiguration {
  status(): ConfigStatus;
  /**
   * Puts a version that was in use before to use again.
   * @returns what is wrong with it by now, if anything; null for a version that never was in use
   */
  rollback(version: string): Promise<{ issues: string[] } | null>;
}

/** Who asks. Made by the authentication from a key, once, and remembered. */
export interface Actor {
  tenant: string;
  role: RoleName;
  rights: Rights;
  keyId: string;
  /** Until when, epoch ms; null for a key without an end. */
  until: number | null;
  /** The one ref that a panel's session opens; null for a key. */
  only: string | null;
}

export interface HttpDeps {
  tenants: ReadonlyMap<string, ServedTenant>;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Where `/` leads. */
  home: string | null;
  /** What one API key may send. */
  requestsPerMinute: number;
  /** Proxies of ours before this process. */
  trustedProxies: number;
  /** Told by the process: true once it may be sent traffic. */
  isReady(): { ready: boolean; reasons: string[] };
}
