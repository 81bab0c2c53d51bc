import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Job } from "./job.ts";

/** What waits, kept beside the world it speaks of, so that a restart sends it still. */
export interface QueueFile {
  load(): Job[];
  save(jobs: readonly Job[]): void;
}

/** @param anchor the world's: what another world's left is dropped */
export function queueFile(dataDir: string | undefined, anchor: number): QueueFile {
  if (dataDir === undefined) return { load: () => [], save: () => {} };
  const path = join(dataDir, "world", "webhooks.json");
  return {
    load() {
      if (!existsSync(path)) return [];
      const kept = JSON.parse(readFileSync(path, "utf8")) as { anchor: number; jobs: Job[] };
      return kept.anchor === anchor ? kept.jobs : [];
    },
    save(jobs) {
      writeFileSync(`${path}.new`, JSON.stringify({ anchor, jobs }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
