import type { Statement } from "../store/statement.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Actor } from "./actor.ts";

/** What was done, for the audit. Ids and counts only, no personal value. */
export interface AuditEntry {
  /** Noun and verb: `deliveries.retry`. */
  verb: string;
  ids: Record<string, string | number | null>;
}

/**
 * Runs the one commit of a service and records who did what. The statements belong into that commit, so that a change and its
 * audit row become durable together.
 */
export type Audit = <T>(actor: Actor, entry: AuditEntry, commit: (auditRows: Statement[]) => Promise<T>) => Promise<T>;

/** Writes a line to the log after the commit, unless that returns null: nothing was done. An audit table needs to be written here only. */
export const createAuditLog =
  (logger: Logger): Audit =>
  async ({ tenant, role, keyId }, { verb, ids }, commit) => {
    const result = await commit([]);
    if (result !== null) logger.info({ tenant, actor: { keyId, role }, verb, ids }, "audit");
    return result;
  };
