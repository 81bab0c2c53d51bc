import { relative } from "node:path";
import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { asLine, type ConfigIssue, pathText } from "../config/issues.ts";
import type { TenantLog } from "../log/log.ts";
import { type AlertInput, closeAlert, openAlert } from "../store/alerts.ts";

/** Why files that have changed are not in use. */
export interface Problem {
  issues: readonly ConfigIssue[];
  /** Epoch ms. */
  since: number;
}

/** What a tenant's operator is told of it: nothing of other tenants. */
export function problemOf({ issues, since }: Problem, tenant: string, directory: string): NonNullable<ConfigStatus["problem"]> {
  const own = issues.filter((issue) => isToldTo(tenant, issue)).map((issue) => view(issue, directory));
  const told = own.length > 0 ? own : [{ file: null, line: null, path: null, message: elsewhere }];
  return { since: new Date(since).toISOString(), issues: told };
}

const elsewhere = "Another tenant's part can't be used; the log of the process says where.";

function isToldTo(tenant: string, { path }: ConfigIssue): boolean {
  return path?.[0] !== "tenants" || path[1] === undefined || path[1] === tenant;
}

function view({ path, message, place }: ConfigIssue, directory: string): NonNullable<ConfigStatus["problem"]>["issues"][number] {
  const file = place && relative(directory, place.file);
  return { file, line: place?.line ?? null, path: path && pathText(path), message };
}

const alert = { kind: "config_refused", connection: "", subject: "" } satisfies Partial<AlertInput>;

/** Tells the tenant's operator, or takes it back. */
export async function tellProblem(log: TenantLog, problem: Problem | null, directory: string, now: number): Promise<void> {
  const statement = problem
    ? openAlert(log.store, { ...alert, severity: "critical", message: messageOf(problem, log.tenant, directory) }, now)
    : closeAlert(log.store, alert, now);
  await log.commit({ statements: [statement], correlationId: "config" });
}

function messageOf(problem: Problem, tenant: string, directory: string): string {
  const [first, ...others] = problemOf(problem, tenant, directory).issues;
  const { file, line, path, message } = first!;
  const text = asLine({ path: path === null ? null : [path], message, place: file === null ? null : { file, line } });
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `The configuration that was changed can't be used; the last good one is. ${text}${more}`;
}
