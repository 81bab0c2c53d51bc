import { SidelightError } from "@sidelight/model/errors.ts";
import type { z } from "zod";

/** Where a value is written. */
export interface SourceLocation {
  file: string;
  /** Null for the whole file. */
  line: number | null;
}

/** One fault of a configuration. */
export interface ConfigIssue {
  /** From the top of the configuration; empty for the whole file, null when the file cannot be parsed. */
  path: readonly PropertyKey[] | null;
  message: string;
  /** Null for a value that is in no file. */
  location: SourceLocation | null;
}

/** A configuration that cannot be used, with all its faults. The message is shown to the user unchanged. */
export class ConfigError extends SidelightError {
  override readonly name = "ConfigError";
  readonly issues: readonly ConfigIssue[];
  /** The files that were read so far, see {@link readFiles}. */
  readonly files: ReadonlyMap<string, string>;

  constructor(issues: readonly ConfigIssue[], files: ReadonlyMap<string, string> = new Map()) {
    super(issues.map(formatIssue).join("\n"), { code: "invalid_configuration", stage: "configure" });
    this.issues = issues;
    this.files = files;
  }
}

/** `file:line: path: reason` */
export function formatIssue({ path, message, location }: ConfigIssue): string {
  const position = location ? [location.line === null ? location.file : `${location.file}:${location.line}`] : [];
  return [...position, ...(path === null ? [] : [pathText(path)]), message].join(": ");
}

export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join(".") || "the file";

/** The issues of a schema below a path. An unknown key is reported at the key. */
export function issuesOf(error: z.ZodError, basePath: readonly PropertyKey[] = []): ConfigIssue[] {
  return error.issues.flatMap((issue) => {
    const path = [...basePath, ...issue.path];
    // Of a name that its schema refuses, the reason is below.
    if (issue.code === "invalid_key") return [{ path, message: issue.issues[0]?.message ?? issue.message, location: null }];
    if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message, location: null }];
    return issue.keys.map((key) => ({ path: [...path, key], message: "Unrecognized key", location: null }));
  });
}

/** Adds the location to the issues that have none. */
export const locateIssues = (
  issues: readonly ConfigIssue[],
  locate: (path: readonly PropertyKey[]) => SourceLocation,
): ConfigIssue[] => issues.map((issue) => ({ ...issue, location: issue.location ?? (issue.path && locate(issue.path)) }));
