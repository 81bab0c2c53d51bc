import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import type { ConfigDraft } from "../config/draft.ts";
import type { ConfigIssue } from "../config/issues.ts";
import type { TenantVersion } from "../config/versions.ts";
import type { Contexts } from "../context/contexts.ts";
import type { PanelViews } from "../context/panelViews.ts";
import type { Tenant } from "../context/tenant.ts";
import type { AnswerTotalsWriter } from "../costs/answerTotals.ts";
import type { Deliveries } from "../deliveries/deliveryQueue.ts";
import type { DeliveryWorkers } from "../deliveries/workers.ts";
import type { Ingest } from "../ingest/ingest.ts";
import type { Measurements } from "../quality/measurements.ts";
import type { Routing } from "../routing/routing.ts";
import type { ConnectionStates } from "../sync/connectionStates.ts";
import type { Sync } from "../sync/runner.ts";
import type { AlertChannels } from "./alerts/channels/index.ts";
import type { AlertMessages } from "./alerts/runMessages.ts";
import type { AlertWatch } from "./alerts/watchAlerts.ts";
import type { CardCache } from "./cards/cardCache.ts";
import type { RollbackTarget } from "./config/rollbackTarget.ts";
import type { FailedRequests } from "./overview/failedRequests.ts";
import type { PanelCounts } from "./overview/panelCounts.ts";

/** Names of secrets. */
export interface RereadSecrets {
  secrets: string[];
  /** Those that are not available, with the reason in words. */
  problems: { secret: string; problem: string }[];
}

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
  panelCounts: PanelCounts;
  failedRequests: FailedRequests;
  cards: CardCache;
  deliveries: Deliveries;
  /** Null while this process routes nothing. */
  routing: Routing | null;
  /** Null while this process delivers nothing. */
  deliveryWorkers: DeliveryWorkers | null;
  configuration: TenantConfiguration;
  alertWatch: AlertWatch;
  alertMessages: AlertMessages;
  alertChannels: AlertChannels;
  quality: Measurements;
  answerTotals: AnswerTotalsWriter;
  /** Reads the secrets of a connection again. */
  rereadSecrets(connection: string): Promise<RereadSecrets>;
  /** Aborted when a new configuration replaces this object: streams end then. */
  closed: AbortSignal;
}

/** One tenant's configuration: the active version, and how to activate another one. */
export interface TenantConfiguration extends RollbackTarget {
  status(): ConfigStatus;
  /** The version that a draft would be, or its faults. Activates nothing. */
  checkDraft(draft: ConfigDraft): Promise<{ next: TenantVersion } | { issues: ConfigIssue[] }>;
}
