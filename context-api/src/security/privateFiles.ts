import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";

// Files and folders that only their owner may use, whatever the umask of the process.

const isPosix = process.platform !== "win32";

/** Creates a folder with mode 0700. One that exists is narrowed only if it holds our data: it may be shared with others. */
export function makePrivateFolder(folder: string, isOurs: boolean): void {
  const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (created !== undefined) narrow(folder, 0o700);
  // A sticky folder, as /tmp, belongs to all users.
  else if (isOurs && isPosix && (statSync(folder).mode & 0o1000) === 0) narrow(folder, 0o700);
}

/** Creates an empty file with mode 0600 unless it exists. */
export function createPrivateFile(file: string): void {
  closeSync(openSync(file, "a", 0o600));
  makePrivate(file);
}

/** Narrows files that exist to mode 0600. */
export function makePrivate(...files: string[]): void {
  for (const file of files) if (existsSync(file)) narrow(file, 0o600);
}

function narrow(path: string, mode: number): void {
  if (!isPosix || (statSync(path).mode & 0o777) === mode) return;
  try {
    chmodSync(path, mode);
  } catch (error) {
    // Only its owner may narrow it. An operator who shares a store has decided so.
    if (!(error instanceof Error) || !("code" in error) || error.code !== "EPERM") throw error;
  }
}
