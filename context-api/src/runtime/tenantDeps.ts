import type { AnswerCache } from "../cache/answerCache.ts";
import type { SharedCircuits } from "../connections/sharedCircuits.ts";
import type { Tenant } from "../context/tenant.ts";
import type { TenantLog } from "../log/log.ts";
import type { WriterClient } from "../log/writer/client.ts";
import type { SharedState } from "../redis/sharedState.ts";
import type { RedisQuotas } from "../resilience/quota/redisQuotas.ts";
import type { SharedFlight } from "../resilience/sharedFlight.ts";
import type { Supervise } from "../resilience/supervise.ts";
import { routesOfVersion } from "../routing/activeRoutes.ts";
import type { ActiveRoutes } from "../routing/routes.ts";
import type { SecretProvider } from "../security/secrets/provider.ts";
import type { TenantConfiguration } from "../services/servedTenant.ts";
import type { RuntimeOptions } from "./options.ts";

/** What a tenant is opened with and keeps when its configuration changes. */
export interface TenantDeps {
  log: TenantLog;
  writer: WriterClient;
  shared: SharedState;
  /** Null without Redis. */
  quotas: RedisQuotas | null;
  flights: SharedFlight;
  circuits: SharedCircuits;
  answerCache: AnswerCache;
  supervise: Supervise;
  secrets: SecretProvider;
  configuration: TenantConfiguration;
  options: RuntimeOptions;
}

/** The compiled routes of the tenant's active configuration. */
export const routesOf = ({ config, configVersion, connections }: Tenant): ActiveRoutes =>
  routesOfVersion(configVersion, config, connections);
