import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { TenantConfig } from "./schema.ts";

/** A tenant's whole configuration, with defaults. */
export interface TenantVersion {
  /** Named by every answer and every delivery. Equal content has the same version, in any split into files. */
  version: string;
  config: TenantConfig;
}

/** What activated a version. `change`: a person, through the API. */
export type Origin = "start" | "reload" | "rollback" | "change";

export interface Activation {
  origin: Origin;
  /** Epoch ms. */
  since: number;
}

/** An activation now. It is always later than the previous one, also when the clock went back, so that the newest one is the active. */
export const newActivation = (origin: Origin, now: number, previousSince: number): Activation => ({
  origin,
  since: Math.max(now, previousSince + 1),
});

export const versionOf = (config: TenantConfig): TenantVersion => ({
  version: `v${createHash("sha256")
    .update(canonicalize(config) ?? "")
    .digest("hex")
    .slice(0, 8)}`,
  config,
});
