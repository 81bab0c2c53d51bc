/** Why the store cannot be read or written, as opposed to a request that is wrong. */
export type StoreFault =
  | "disk_full"
  | "locked"
  | "read_only"
  | "io_error"
  | "out_of_memory"
  /** PostgreSQL does not answer, or takes no more connections. */
  | "unreachable"
  | "corrupt"
  /** The file was moved or deleted while it was open. */
  | "replaced"
  /** The writer's thread has ended for a reason that is none of the others. */
  | "writer_ended"
  /** The store was closed. */
  | "closed";

/** What it means and what to do, for the operator. */
const faultActions = {
  disk_full: "The disk of the store is full. Free space",
  locked: "Another process locks the store. End that process",
  read_only: "The store is read-only. Check the file system and its permissions",
  io_error: "The disk of the store reports errors. Check the disk",
  out_of_memory: "The writer ran out of memory. Give the process more",
  unreachable: "The database cannot be reached. Check SIDELIGHT_DATABASE_URL, the network and the server",
} as const satisfies Partial<Record<StoreFault, string>>;

/** The same for a process that is running. */
export const storeFaultTexts: Record<StoreFault, string> = {
  disk_full: `${faultActions.disk_full}; Sidelight continues then.`,
  locked: `${faultActions.locked}; Sidelight continues then.`,
  read_only: `${faultActions.read_only}; Sidelight continues then.`,
  io_error: `${faultActions.io_error}; Sidelight continues when it works again.`,
  out_of_memory: "The writer ran out of memory. It is started again.",
  unreachable: `${faultActions.unreachable}; Sidelight continues when it answers.`,
  corrupt: "The store is damaged. Restore a backup.",
  replaced: "The file of the store was moved or deleted while it was in use. Put it back and start Sidelight again.",
  writer_ended: "The writer has ended. It is started again.",
  closed: "The store is closed.",
};

/** The same for a command that ends because of it. */
export const endedFaultText = (fault: StoreFault): string =>
  fault in faultActions
    ? `${faultActions[fault as keyof typeof faultActions]}, and run the command again.`
    : storeFaultTexts[fault];

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html), and codes of the operating system. */
const faultsByCode = new Map<string, StoreFault>(
  Object.entries({
    SQLITE_FULL: "disk_full",
    ENOSPC: "disk_full",
    EDQUOT: "disk_full",
    SQLITE_BUSY: "locked",
    SQLITE_LOCKED: "locked",
    SQLITE_PROTOCOL: "locked",
    SQLITE_READONLY: "read_only",
    SQLITE_PERM: "read_only",
    EROFS: "read_only",
    EACCES: "read_only",
    EPERM: "read_only",
    SQLITE_IOERR: "io_error",
    SQLITE_CANTOPEN: "io_error",
    SQLITE_NOLFS: "io_error",
    EIO: "io_error",
    EMFILE: "io_error",
    ENFILE: "io_error",
    SQLITE_NOMEM: "out_of_memory",
    ERR_WORKER_OUT_OF_MEMORY: "out_of_memory",
    SQLITE_CORRUPT: "corrupt",
    SQLITE_NOTADB: "corrupt",
    // What the stores report themselves.
    store_replaced: "replaced",
    store_unreachable: "unreachable",
    store_disk_full: "disk_full",
    store_out_of_memory: "out_of_memory",
    store_read_only: "read_only",
    store_io_error: "io_error",
    store_corrupt: "corrupt",
  }),
);

/** Extended codes that differ from their primary code. A system that is out of memory is not a broken disk. */
const faultsByExtendedCode = new Map<string, StoreFault>(
  Object.entries({
    SQLITE_IOERR_NOMEM: "out_of_memory",
    SQLITE_CANTOPEN_ISDIR: "corrupt",
  }),
);

/** Code of a transaction that conflicts with another process's: it works when it is repeated. */
export const storeConflict = "store_conflict";

export const isStoreConflict = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === storeConflict;

const maxCauses = 6;

/** The fault that an error or one of its causes reports; null when the store works and the request is wrong. */
export function storeFaultOf(error: unknown, remainingCauses = maxCauses): StoreFault | null {
  if (!(error instanceof Error)) return null;
  const code = "code" in error ? String(error.code) : "";
  const primaryCode = /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code;
  const fault = faultsByExtendedCode.get(code) ?? faultsByCode.get(primaryCode);
  if (fault) return fault;
  return remainingCauses === 0 ? null : storeFaultOf(error.cause, remainingCauses - 1);
}
