import { isDeepStrictEqual } from "node:util";
import type { TenantConfig } from "../config/schema.ts";
import type { Activation, TenantVersion } from "../config/versions.ts";
import { configurationDependency } from "../context/tenant.ts";
import { recordVersion } from "../store/tables/configVersions.ts";
import type { Lead } from "./processGroup.ts";
import { closeTenant, prepareTenant, type RunningTenant, startTenant } from "./tenant.ts";
import type { TenantDeps } from "./tenantDeps.ts";

/** Longer than any request waits for a platform, ms. */
const graceMs = 15_000;

export interface TenantChange {
  running: RunningTenant;
  /** Settles when everything that the previous configuration opened is closed. */
  retired: Promise<void>;
}

/** True if two configurations differ in nothing but their routing: then the tenant need not be opened again. */
export const differsOnlyInRouting = (previous: TenantConfig, next: TenantConfig): boolean =>
  isDeepStrictEqual({ ...previous, routing: null }, { ...next, routing: null });

/**
 * Activates another configuration of a tenant. New routes apply from the next event on. Any other change opens the tenant again, and
 * requests that are in progress finish on the previous one.
 * @throws when it cannot be prepared or recorded; the previous configuration stays active then
 */
export async function changeTenant(
  previous: RunningTenant,
  next: TenantVersion,
  activation: Activation,
  deps: TenantDeps & { lead(): Lead | null },
  signal: AbortSignal,
): Promise<TenantChange> {
  const { log, options } = deps;
  // A version is recorded before it is used, so that every version that a delivery names can be looked up.
  const record = () => log.commit({ statements: [recordVersion(log.store, next, activation)], correlationId: "config" });
  if (differsOnlyInRouting(previous.served.tenant.config, next.config)) {
    await record();
    previous.activateRoutes(next);
    log.invalidate(configurationDependency);
    return { running: previous, retired: Promise.resolve() };
  }
  const preparedTenant = await prepareTenant(next, deps, previous.served);
  await record();
  // Two pulls of one stream, or two delivery workers of one target, would disturb each other.
  await previous.stop();
  const runningTenant = startTenant(preparedTenant, deps);
  const lead = deps.lead();
  if (lead) runningTenant.lead(lead);
  return { running: runningTenant, retired: retire(previous, runningTenant, options.clock, signal) };
}

async function retire(
  previous: RunningTenant,
  runningTenant: RunningTenant,
  clock: TenantDeps["options"]["clock"],
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(graceMs, signal).catch(() => {});
  await closeTenant(previous.served, runningTenant.served.tenant.connections);
}
