import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { acknowledgeAlert as acknowledgeRow } from "../../store/tables/alerts.ts";
import { alertsTopic } from "../announcements.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requireAlert, updatedAlert } from "./requireAlert.ts";

/**
 * Records that somebody takes an open alert on, so that it is not escalated. The first one counts.
 * @throws {ProblemError} not_found; conflict for an alert that is closed
 */
export const acknowledgeAlert = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id }: { id: string }): Promise<Alert> => {
    const { log, clock } = served.tenant;
    const { closed_at } = await requireAlert(served, id);
    if (closed_at !== null)
      throw new ProblemError("conflict", "The alert is closed. Only an open alert can be acknowledged.", { stage: "validate" });
    const statement = acknowledgeRow(log.store, id, actor.person?.ref ?? actor.keyId, clock.now());
    await audit(actor, { verb: "alerts.acknowledge", ids: { alert: id } }, (auditRows) =>
      log.commit({ statements: [statement, ...auditRows], correlationId: "alerts" }),
    );
    log.announce(alertsTopic);
    return await updatedAlert(served, id);
  },
);
