import { statfsSync } from "node:fs";

const folder = "/dev/shm";
const neededBytes = 8 * 2 ** 30;

/**
 * Lets tests keep their temporary files in memory where there is room: each commit of a store waits for the disk otherwise. No test
 * depends on a disk, because none ends the machine.
 */
export function useMemoryFolder(): void {
  if (process.env["TMPDIR"] !== undefined) return;
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize >= neededBytes) process.env["TMPDIR"] = folder;
  } catch {
    // The system has no such folder.
  }
}
