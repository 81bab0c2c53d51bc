import { relative } from "node:path";
import type { ConfigStatus } from "@sidelight/contracts/config/configuration.ts";
import { type ConfigIssue, formatIssue, pathText } from "../config/issues.ts";
import type { TenantLog } from "../log/log.ts";
import { type AlertInput, closeAlert, openAlert } from "../store/tables/alerts.ts";

/** Why changed files are not active. */
export interface ConfigProblem {
  issues: readonly ConfigIssue[];
  /** Epoch ms. */
  startedAt: number;
}

type ProblemView = NonNullable<ConfigStatus["problem"]>;
type IssueView = ProblemView["issues"][number];

/** The problem as a tenant's operator may see it: without the issues of other tenants. */
export function problemView({ issues, startedAt }: ConfigProblem, tenant: string, directory: string): ProblemView {
  return { since: new Date(startedAt).toISOString(), issues: visibleIssues(issues, tenant, directory) };
}

const issueOfOtherTenant: IssueView = {
  file: null,
  line: null,
  path: null,
  message: "The part of another tenant cannot be used. The log has the details.",
};

/** At least one. */
function visibleIssues(issues: readonly ConfigIssue[], tenant: string, directory: string): [IssueView, ...IssueView[]] {
  const [first, ...furtherIssues] = issues
    .filter((issue) => isVisibleTo(tenant, issue))
    .map((issue) => issueView(issue, directory));
  return first ? [first, ...furtherIssues] : [issueOfOtherTenant];
}

function isVisibleTo(tenant: string, { path }: ConfigIssue): boolean {
  return path?.[0] !== "tenants" || path[1] === undefined || path[1] === tenant;
}

function issueView({ path, message, location }: ConfigIssue, directory: string): IssueView {
  const file = location && relative(directory, location.file);
  return { file, line: location?.line ?? null, path: path && pathText(path), message };
}

const alert = { kind: "config_refused", connection: "", subject: "" } satisfies Partial<AlertInput>;

/** Opens the alert of the tenant for a problem, or closes it when there is none. */
export async function updateProblemAlert(
  log: TenantLog,
  problem: ConfigProblem | null,
  directory: string,
  now: number,
): Promise<void> {
  const statement = problem
    ? openAlert(log.store, { ...alert, severity: "critical", message: alertMessage(problem, log.tenant, directory) }, now)
    : closeAlert(log.store, alert, now);
  await log.commit({ statements: [statement], correlationId: "config" });
}

function alertMessage({ issues }: ConfigProblem, tenant: string, directory: string): string {
  const [{ file, line, path, message }, ...furtherIssues] = visibleIssues(issues, tenant, directory);
  const text = formatIssue({
    path: path === null ? null : [path],
    message,
    location: file === null ? null : { file, line },
  });
  const suffix = furtherIssues.length > 0 ? ` (and ${furtherIssues.length} more)` : "";
  return `The changed configuration cannot be used. The last valid version stays active. ${text}${suffix}`;
}
