import type { z } from "zod";

/** Where something stands. */
export interface Place {
  file: string;
  /** Null for the file as a whole. */
  line: number | null;
}

/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** From the top of the configuration; empty for the file as a whole, null where it can't be read so far. */
  path: readonly PropertyKey[] | null;
  message: string;
  /** Null where it stands in no file. */
  place: Place | null;
}

/** A configuration that can't be used: everything that is wrong, each with its place. Shown as it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly ConfigIssue[];
  /** The files that were read so far, see {@link readFiles}. */
  readonly files: ReadonlyMap<string, string>;

  constructor(issues: readonly ConfigIssue[], files: ReadonlyMap<string, string> = new Map()) {
    super(issues.map(asLine).join("\n"));
    this.issues = issues;
    this.files = files;
  }
}

/** `file:line: path: reason` */
export function asLine({ path, message, place }: ConfigIssue): string {
  const at = place ? [place.line === null ? place.file : `${place.file}:${place.line}`] : [];
  return [...at, ...(path === null ? [] : [pathText(path)]), message].join(": ");
}

export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join(".") || "the file";

/** What a schema refused, below a path. A name that nobody knows is told at the name. */
export function issuesOf(error: z.ZodError, at: readonly PropertyKey[] = []): ConfigIssue[] {
  return error.issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message, place: null }];
    return issue.keys.map((key) => ({ path: [...path, key], message: "Unrecognized key", place: null }));
  });
}

/** With the places of those that have none yet. */
export const placed = (issues: readonly ConfigIssue[], place: (path: readonly PropertyKey[]) => Place): ConfigIssue[] =>
  issues.map((issue) => ({ ...issue, place: issue.place ?? (issue.path && place(issue.path)) }));
