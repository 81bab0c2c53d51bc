import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { type ConfigDraft, locateInDraft, parseDraft } from "../config/draft.ts";
import { ConfigError, type ConfigIssue } from "../config/issues.ts";
import type { TenantConfig } from "../config/schema.ts";
import { type TenantVersion, versionOf } from "../config/versions.ts";
import { resolveRouting } from "../routing/defaults.ts";
import { tenantIssues } from "./checkConfig.ts";

/** A draft that can be used, or its faults. Paths start at the tenant. */
export type CheckedDraft = { next: TenantVersion } | { issues: ConfigIssue[] };

/** Checks a draft like the files. Opens its connections without any request. */
export async function checkDraft(
  tenant: string,
  draft: ConfigDraft,
  active: TenantConfig,
  platforms: readonly Platform[],
): Promise<CheckedDraft> {
  const parsed = parseDraft(draft, active);
  if ("issues" in parsed) return parsed;
  const issues: ConfigIssue[] = [];
  try {
    const config = resolveRouting(tenant, parsed.config, platforms);
    issues.push(...(await tenantIssues(tenant, config, platforms)));
    if (issues.length === 0) return { next: versionOf(config) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    issues.push(...error.issues);
  }
  return { issues: locateInDraft(draft, issues.map(belowTenant)) };
}

/** Issues of the files start with `tenants` and the tenant's name. */
const belowTenant = (issue: ConfigIssue): ConfigIssue => ({
  ...issue,
  path: issue.path?.[0] === "tenants" ? issue.path.slice(2) : issue.path,
});
