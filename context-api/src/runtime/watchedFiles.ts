import { fileStamp } from "../config/files.ts";
import { ConfigError } from "../config/issues.ts";
import type { CheckedConfig } from "./checkConfig.ts";
import type { ConfigProblem } from "./configProblem.ts";

/** The files of a configuration, checked for changes. */
export interface WatchedFiles {
  /** The last usable configuration of the files. */
  current(): CheckedConfig;
  /** Why the files cannot be used now; null when they can. */
  problem(): ConfigProblem | null;
  /** Reads the files if they changed, or always when forced. @returns true if they were read */
  check(isForced: boolean): Promise<boolean>;
}

export function watchFiles(first: CheckedConfig, load: () => Promise<CheckedConfig>, now: () => number): WatchedFiles {
  let current = first;
  let problem: ConfigProblem | null = null;
  let stamps = first.loaded.files;

  async function haveChanged(): Promise<boolean> {
    for (const [file, stamp] of stamps) if ((await fileStamp(file)) !== stamp) return true;
    return false;
  }

  return {
    current: () => current,
    problem: () => problem,
    async check(isForced) {
      if (!isForced && !(await haveChanged())) return false;
      try {
        current = await load();
        problem = null;
        stamps = current.loaded.files;
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        problem = { issues: error.issues, startedAt: problem?.startedAt ?? now() };
        stamps = new Map([...(await currentStamps(current.loaded.files.keys())), ...error.files]);
      }
      return true;
    },
  };
}

/** For the files that a failed attempt did not reach. */
async function currentStamps(files: Iterable<string>): Promise<[string, string][]> {
  return await Promise.all([...files].map(async (file): Promise<[string, string]> => [file, await fileStamp(file)]));
}
