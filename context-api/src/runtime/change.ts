import { isDeepStrictEqual } from "node:util";
import { noteVersion, type TenantVersion, type Use } from "../config/versions.ts";
import { configurationDependency } from "../context/tenant.ts";
import { closeTenant, prepareTenant, type Running, routesOf, startTenant, type TenantTools } from "./tenant.ts";

/** Longer than any request waits for a platform, ms. */
const graceMs = 15_000;

export interface Changed {
  running: Running;
  /** Settles when nothing is left of what was before. */
  retired: Promise<void>;
}

/**
 * Puts another configuration of a tenant to use. Where no more than the routes differ, they are followed from the next event on;
 * anything else opens the tenant anew, and whoever is being answered is answered by the old.
 * @throws when it can't be prepared or noted: everything is as it was then
 */
export async function changeTenant(
  running: Running,
  next: TenantVersion,
  use: Use,
  tools: TenantTools,
  signal: AbortSignal,
): Promise<Changed> {
  const { tenant } = running.served;
  const { log, options } = tools;
  const note = async () => {
    // Noted before it is used: no delivery names a version that nobody can look up.
    await log.commit({ statements: [noteVersion(log.store, next, use)], correlationId: "config" });
  };
  const isOnlyRoutes = isDeepStrictEqual({ ...tenant.config, routing: null }, { ...next.config, routing: null });
  if (isOnlyRoutes) {
    await note();
    useRoutes(running, next);
    return { running, retired: Promise.resolve() };
  }
  const prepared = await prepareTenant(next, tools, running.served);
  await note();
  // Two pulls of one stream, or two deliverers of one target, would get into each other's way.
  await running.stop();
  const renewed = startTenant(prepared, tools);
  return { running: renewed, retired: retire(running, renewed, options.clock, signal) };
}

function useRoutes({ served: { tenant, routing } }: Running, { version, config }: TenantVersion): void {
  tenant.config = config;
  tenant.configVersion = version;
  routing?.use(routesOf(tenant));
  tenant.log.touch(configurationDependency);
}

async function retire(
  old: Running,
  renewed: Running,
  clock: TenantTools["options"]["clock"],
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(graceMs, signal).catch(() => {});
  await closeTenant(old.served, renewed.served.tenant.connections);
}
