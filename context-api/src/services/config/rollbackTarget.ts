import type { Statement } from "../../store/statement.ts";
import type { TenantStore } from "../../store/tenantStore.ts";

/** A tenant's configuration as a rollback sees it: of a running process, or of a store and files at the command line. */
export interface RollbackTarget {
  store: TenantStore;
  now(): number;
  /** Runs `work` while nothing else changes the configuration. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** The version of the files; of the last valid files when they have errors. */
  readFilesVersion(): Promise<string>;
  /** What keeps this release from using an earlier version; null for a version that was never active. */
  checkVersion(version: string): Promise<{ issues: string[] } | null>;
  commit(statements: Statement[]): Promise<void>;
  /** Activates what the store now asks for, when this process serves the tenant. */
  activate(origin: "rollback" | "change"): Promise<void>;
}
