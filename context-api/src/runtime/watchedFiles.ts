import { stampOf } from "../config/files.ts";
import { ConfigError } from "../config/issues.ts";
import type { CheckedConfig } from "./checkConfig.ts";
import type { Problem } from "./problems.ts";

/** A configuration's files, looked at again and again. */
export interface WatchedFiles {
  /** What they said, the last time that it could be used. */
  current(): CheckedConfig;
  /** Why that isn't what they say now; null while it is. */
  problem(): Problem | null;
  /** Reads them where they have changed, or anyway. @returns true when they were read */
  look(isForced: boolean): Promise<boolean>;
}

export function watchFiles(first: CheckedConfig, load: () => Promise<CheckedConfig>, now: () => number): WatchedFiles {
  let current = first;
  let problem: Problem | null = null;
  let stamps = first.loaded.files;

  async function haveChanged(): Promise<boolean> {
    for (const [file, stamp] of stamps) if ((await stampOf(file)) !== stamp) return true;
    return false;
  }

  return {
    current: () => current,
    problem: () => problem,
    async look(isForced) {
      if (!isForced && !(await haveChanged())) return false;
      try {
        current = await load();
        problem = null;
        stamps = current.loaded.files;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problem = { issues: error.issues, since: problem?.since ?? now() };
        stamps = new Map([...(await stampsOf(current.loaded.files.keys())), ...error.files]);
      }
      return true;
    },
  };
}

/** As they are now: files that a failed reading didn't come to. */
async function stampsOf(files: Iterable<string>): Promise<[string, string][]> {
  return await Promise.all([...files].map(async (file): Promise<[string, string]> => [file, await stampOf(file)]));
}
