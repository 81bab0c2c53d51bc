import type { CommitInput, TenantLog } from "./log.ts";

/**
 * The log as the tenant's leader uses it: its commits are refused as soon as another process leads the tenant.
 * @param epoch null for a store that one process uses
 */
export function fencedLog(log: TenantLog, epoch: number | null): TenantLog {
  if (epoch === null) return log;
  return {
    ...log,
    append: (input: CommitInput) => log.append({ ...input, epoch }),
    commit: (input: CommitInput) => log.commit({ ...input, epoch }),
  };
}
