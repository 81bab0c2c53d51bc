import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "./job.ts";

/** Increased when the form of a job changes. A queue of another version is dropped. */
const VERSION = 2;

/** Stores queued jobs beside their world, so that a restart sends them. */
export interface QueueFile {
  load(): Job[];
  save(jobs: readonly Job[]): void;
}

/** @param anchor of the world. A queue of another world is dropped. */
export function queueFile(dataDir: string | undefined, anchor: number): QueueFile {
  if (dataDir === undefined) return { load: () => [], save: () => {} };
  const path = join(dataDir, "world", "webhooks.json");
  return {
    load() {
      if (!existsSync(path)) return [];
      const contents = JSON.parse(readFileSync(path, "utf8")) as { version?: number; anchor: number; jobs: Job[] };
      return contents.version === VERSION && contents.anchor === anchor ? contents.jobs : [];
    },
    save(jobs) {
      writeFileSync(`${path}.new`, JSON.stringify({ version: VERSION, anchor, jobs }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
