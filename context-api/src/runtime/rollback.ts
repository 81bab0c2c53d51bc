import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { ZodError } from "zod";
import { asLine, issuesOf } from "../config/issues.ts";
import { storedVersion, type TenantVersion } from "../config/versions.ts";
import type { TenantStore } from "../store/store.ts";
import { tenantIssues } from "./checkConfig.ts";

export type Usable = { usable: TenantVersion } | { issues: string[] };

/** A version that was in use before, if this release can still use it. Null for one that never was in use. */
export async function usableVersion(
  store: TenantStore,
  version: string,
  platforms: readonly Platform[] | null,
): Promise<Usable | null> {
  try {
    const stored = await storedVersion(store, version);
    if (!stored) return null;
    const issues = platforms ? await tenantIssues(store.tenant, stored.config, platforms) : [];
    return issues.length === 0 ? { usable: stored } : { issues: issues.map(asLine) };
  } catch (error) {
    if (error instanceof ZodError) return { issues: issuesOf(error, ["tenants", store.tenant]).map(asLine) };
    throw error;
  }
}
