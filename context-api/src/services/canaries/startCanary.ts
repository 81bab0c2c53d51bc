import type { StartedCanary } from "@sidelight/contracts/config/canary.ts";
import { ulid } from "ulid";
import { changesBetween } from "../../config/diff.ts";
import type { ConfigDraft } from "../../config/draft.ts";
import { type CanarySettings, noOutcome } from "../../routing/canary/canary.ts";
import { compileExpression } from "../../routing/compileExpression.ts";
import { closeAlert } from "../../store/tables/alerts.ts";
import { insertCanary, runningCanary } from "../../store/tables/canaries.ts";
import { insertVersion } from "../../store/tables/configVersions.ts";
import { faultyChange, requireBase } from "../config/activateVersion.ts";
import { changeView } from "../config/changeConfig.ts";
import { requirePlainReason } from "../config/plainReason.ts";
import { invalidParameter, ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { canaryView } from "./canaryView.ts";
import { canaryTopic, rolledBackAlert } from "./signals.ts";

export interface StartCanaryInput {
  draft: ConfigDraft;
  /** The version that the draft was made from. */
  base: string;
  reason: string;
  minutes: number;
  settings: CanarySettings;
}

/**
 * Tries a change of the routes with a part of the events. The process that leads the tenant compares the outcomes.
 * @throws {ProblemError} conflict when another version is active by now or another canary runs; invalid_request for a faulty change
 */
export const startCanary = defineService(
  "operate",
  async (
    { served, actor, audit }: ServiceContext,
    { draft, base, reason, minutes, settings }: StartCanaryInput,
  ): Promise<StartedCanary> => {
    const { tenant, configuration } = served;
    const { log, clock } = tenant;
    requirePlainReason(reason);
    requireBase(tenant.configVersion, base);
    requireTeam(settings);
    const check = await configuration.checkDraft(draft);
    if ("issues" in check) throw faultyChange(check.issues);
    const changes = changesBetween(tenant.config, check.next.config);
    requireRoutingOnly(changes.map(({ path }) => path));
    const activeCanary = await runningCanary(log.store);
    if (activeCanary)
      throw new ProblemError("conflict", `The canary ${activeCanary.id} is running. Wait until it ends, or stop it.`);
    const now = clock.now();
    const row = {
      id: `can_${ulid(now)}`,
      ...{ version: check.next.version, base, state: "running", settings: JSON.stringify(settings) },
      ...{ outcome: JSON.stringify(noOutcome), message: null, created_at: now, ends_at: now + minutes * 60_000, ended_at: null },
    };
    const statements = [
      insertVersion(log.store, check.next),
      insertCanary(log.store, row),
      closeAlert(log.store, rolledBackAlert, now),
    ];
    await audit(actor, { verb: "canaries.start", ids: { canary: row.id, version: row.version, base, reason } }, (auditRows) =>
      log.commit({ statements: [...statements, ...auditRows], correlationId: row.id }),
    );
    log.announce(canaryTopic);
    return { ...canaryView({ ...row, tenant: log.tenant }), changes: changes.map(changeView) };
  },
);

/** Connections and answers cannot differ from event to event. */
function requireRoutingOnly(paths: readonly (readonly string[])[]): void {
  const otherPath = paths.find(([first]) => first !== "routing");
  if (paths.length === 0) throw new ProblemError("invalid_request", "The change changes nothing. Send one that differs.");
  if (otherPath)
    throw new ProblemError(
      "invalid_request",
      `A canary can change routing only, and this changes ${otherPath.join(".")}. Apply that part with POST /v1/config.`,
      { stage: "validate" },
    );
}

function requireTeam({ team }: CanarySettings): void {
  if (team === null) return;
  compileExpression(team, (problem) => {
    throw invalidParameter("team", `The condition cannot be used: ${problem}.`);
  });
}
