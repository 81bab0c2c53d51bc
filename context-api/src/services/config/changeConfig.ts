import type { ConfigChange } from "@sidelight/contracts/config/change.ts";
import { stringify } from "yaml";
import { changesBetween, type ValueChange } from "../../config/diff.ts";
import type { ConfigDraft } from "../../config/draft.ts";
import { type ConfigIssue, pathText } from "../../config/issues.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { activateVersion, faultyChange, requireBase } from "./activateVersion.ts";
import { dryRunChange } from "./dryRunChange.ts";
import { requirePlainReason } from "./plainReason.ts";

export interface ConfigChangeInput {
  draft: ConfigDraft;
  /** The version that the draft was made from. */
  base: string;
  mode: "check" | "dry_run" | "apply";
  /** Of a dry run, epoch ms. */
  since: number | null;
  /** Null unless the change is applied. */
  reason: string | null;
}

/**
 * Checks a change of the configuration, tries it with past events, or activates it. It stays active until the files change.
 * @throws {ProblemError} conflict when another version is active by now; invalid_request for a faulty change that should be applied
 */
export const changeConfig = defineService(
  "operate",
  async (context: ServiceContext, { draft, base, mode, since, reason }: ConfigChangeInput): Promise<ConfigChange> => {
    const { served } = context;
    const { configuration, tenant } = served;
    requireBase(tenant.configVersion, base);
    requirePlainReason(reason);
    const check = await configuration.checkDraft(draft);
    const answer = { base, version: null, issues: [], changes: [], reopens: false, dryRun: null, applied: null };
    if ("issues" in check) {
      if (mode === "apply") throw faultyChange(check.issues);
      return { ...answer, issues: check.issues.map(issueView) };
    }
    const { next } = check;
    const changes = changesBetween(tenant.config, next.config);
    const checkedChange = {
      ...answer,
      version: next.version,
      changes: changes.map(changeView),
      reopens: changes.some(({ path }) => path[0] !== "routing"),
    };
    if (mode === "dry_run") return { ...checkedChange, dryRun: await dryRunChange(served, next, since) };
    if (mode === "apply") {
      await activateVersion(context, next, base, { verb: "config.change", ids: { reason } });
      return { ...checkedChange, applied: configuration.status() };
    }
    return checkedChange;
  },
);

const issueView = ({ path, message, location }: ConfigIssue) => ({
  file: null,
  line: location?.line ?? null,
  path: path && pathText(path),
  message,
});

export const changeView = ({ path, previous, next }: ValueChange) => ({
  path: path.join("."),
  previous: yamlOf(previous),
  next: yamlOf(next),
});

const yamlOf = (value: unknown): string | null =>
  value === undefined ? null : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
