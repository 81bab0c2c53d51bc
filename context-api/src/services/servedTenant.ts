import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import type { Contexts } from "../context/contexts.ts";
import type { PanelViews } from "../context/panelViews.ts";
import type { Tenant } from "../context/tenant.ts";
import type { Deliveries } from "../deliveries/deliveryQueue.ts";
import type { DeliveryWorkers } from "../deliveries/workers.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Measurements } from "../quality/measurements.ts";
import type { Routing } from "../routing/routing.ts";
import type { ConnectionStates } from "../sync/connectionStates.ts";
import type { Sync } from "../sync/runner.ts";
import type { AlertWatch } from "./alerts/watchAlerts.ts";
import type { CardCache } from "./cards/cardCache.ts";
import type { RollbackTarget } from "./config/rollbackTarget.ts";

/** A tenant with what its services need. */
export interface ServedTenant {
  tenant: Tenant;
  contexts: Contexts;
  /** By connection. Empty while this process does not pull. */
  syncs: ReadonlyMap<string, Sync>;
  /** Of the connections, whichever process pulls them. */
  states: ConnectionStates;
  ingest: Ingest;
  panelViews: PanelViews;
  cards: CardCache;
  deliveries: Deliveries;
  /** Null while this process routes nothing. */
  routing: Routing | null;
  /** Null while this process delivers nothing. */
  deliveryWorkers: DeliveryWorkers | null;
  configuration: TenantConfiguration;
  alertWatch: AlertWatch;
  quality: Measurements;
  /** Aborted when a new configuration replaces this object: streams end then. */
  closed: AbortSignal;
}

/** One tenant's configuration: the active version, and how to activate another one. */
export interface TenantConfiguration extends RollbackTarget {
  status(): ConfigStatus;
}
