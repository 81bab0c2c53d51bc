import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { ulid } from "ulid";
import { noCounts } from "../../routing/replay/planReplay.ts";
import { scopeColumns } from "../../routing/replay/replayRow.ts";
import { replaysTopic } from "../../routing/replay/runReplays.ts";
import { insertReplay, listRunningReplays } from "../../store/tables/replays.ts";
import { ProblemError } from "../problemError.ts";
import { activeRoutesOf } from "../routes/activeRoutes.ts";
import { defineService, type ServiceContext } from "../service.ts";
import type { ReplayInput } from "./previewReplay.ts";
import { requireScope } from "./replayInput.ts";
import { firstSequence } from "./replayRange.ts";
import { replayView } from "./replayView.ts";

/**
 * Starts to route past events to one target again. The process that leads the tenant runs it.
 * @throws {ProblemError} invalid_request, and conflict while another replay to the target runs
 */
export const startReplay = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { perMinute, ...scope }: ReplayInput): Promise<Replay> => {
    const { log, clock } = served.tenant;
    requireScope(activeRoutesOf(served), scope);
    const runningReplay = (await listRunningReplays(log.store)).find(({ target }) => target === scope.target);
    if (runningReplay)
      throw new ProblemError(
        "conflict",
        `The replay ${runningReplay.id} to this target is running. Wait until it ends, or stop it.`,
      );
    const now = clock.now();
    const row = {
      id: `rpl_${ulid(now)}`,
      ...scopeColumns(scope),
      state: "running",
      per_minute: perMinute,
      position: await firstSequence(log, scope),
      through: log.head(),
      counts: JSON.stringify(noCounts()),
      message: null,
      created_at: now,
      updated_at: now,
      ended_at: null,
    };
    await audit(
      actor,
      { verb: "replays.start", ids: { replay: row.id, target: scope.target, route: scope.route } },
      (auditRows) => log.commit({ statements: [insertReplay(log.store, row), ...auditRows], correlationId: row.id }),
    );
    log.announce(replaysTopic);
    return replayView({ ...row, tenant: log.tenant });
  },
);
