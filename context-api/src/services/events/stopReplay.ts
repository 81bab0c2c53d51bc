import type { Replay } from "@sidelight/contracts/events/replay.ts";
import { replaysTopic } from "../../routing/replay/runReplays.ts";
import { endReplay, findReplay } from "../../store/tables/replays.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { replayView } from "./replayView.ts";

/**
 * Stops a replay: no further delivery is created. Those that wait are sent. A replay that has ended is not changed.
 * @throws {ProblemError} not_found
 */
export const stopReplay = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id }: { id: string }): Promise<Replay> => {
    const { log, clock } = served.tenant;
    const find = async () => {
      const row = await findReplay(log.store, id);
      if (!row) throw new ProblemError("not_found", `There is no replay ${shownId(id)}. GET /v1/events/replays lists the ids.`);
      return row;
    };
    const row = await find();
    if (row.state !== "running") return replayView(row);
    const statement = endReplay(log.store, { id, state: "stopped", message: null, now: clock.now() });
    await audit(actor, { verb: "replays.stop", ids: { replay: id } }, (auditRows) =>
      log.commit({ statements: [statement, ...auditRows], correlationId: id }),
    );
    log.announce(replaysTopic);
    return replayView(await find());
  },
);
