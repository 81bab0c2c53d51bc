import { type Audit, type AuditedTenant, createAuditLog } from "../services/audit.ts";
import { createLogger } from "../telemetry/logger.ts";
import { logLevel } from "./environment.ts";

/** Records what a command does to a tenant in its store. */
export const commandAudit = (env: NodeJS.ProcessEnv, tenant: AuditedTenant): Audit =>
  createAuditLog(createLogger(logLevel(env, "warn")), { of: () => tenant, now: Date.now });
