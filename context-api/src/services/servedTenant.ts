import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import type { Contexts } from "../context/contexts.ts";
import type { PanelViews } from "../context/panelViews.ts";
import type { Tenant } from "../context/tenant.ts";
import type { Deliveries } from "../deliveries/deliveryQueue.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Routing } from "../routing/routing.ts";
import type { Sync } from "../sync/runner.ts";
import type { AlertWatch } from "./alerts/watchAlerts.ts";
import type { RollbackTarget } from "./config/rollbackTarget.ts";

/** A tenant with what its services need. */
export interface ServedTenant {
  tenant: Tenant;
  contexts: Contexts;
  /** By connection. Empty when this process does not pull. */
  syncs: ReadonlyMap<string, Sync>;
  ingest: Ingest;
  panelViews: PanelViews;
  deliveries: Deliveries;
  /** Null when this process delivers nothing. */
  routing: Routing | null;
  configuration: TenantConfiguration;
  alertWatch: AlertWatch;
  /** Aborted when a new configuration replaces this object: streams end then. */
  closed: AbortSignal;
}

/** One tenant's configuration: the active version, and how to activate another one. */
export interface TenantConfiguration extends RollbackTarget {
  status(): ConfigStatus;
}
