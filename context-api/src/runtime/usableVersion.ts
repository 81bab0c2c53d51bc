import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { ZodError } from "zod";
import { ConfigError, formatIssue, issuesOf } from "../config/issues.ts";
import type { TenantVersion } from "../config/versions.ts";
import { resolveRouting } from "../routing/defaults.ts";
import { storedVersion } from "../store/tables/configVersions.ts";
import type { TenantStore } from "../store/tenantStore.ts";
import { tenantIssues } from "./checkConfig.ts";

export type UsableVersion = { usable: TenantVersion } | { issues: string[] };

/** An earlier version, or the issues why this release cannot use it. Null for a version that was never active. */
export async function usableVersion(
  store: TenantStore,
  version: string,
  platforms: readonly Platform[] | null,
): Promise<UsableVersion | null> {
  try {
    const storedTenantVersion = await storedVersion(store, version);
    if (!storedTenantVersion) return null;
    if (!platforms) return { usable: storedTenantVersion };
    const config = resolveRouting(store.tenant, storedTenantVersion.config, platforms);
    const issues = await tenantIssues(store.tenant, config, platforms);
    return issues.length === 0 ? { usable: { ...storedTenantVersion, config } } : { issues: issues.map(formatIssue) };
  } catch (error) {
    if (error instanceof ConfigError) return { issues: error.issues.map(formatIssue) };
    if (error instanceof ZodError) return { issues: issuesOf(error, ["tenants", store.tenant]).map(formatIssue) };
    throw error;
  }
}
