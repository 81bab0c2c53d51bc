import type { Alert, MuteRequest } from "@sidelight/contracts/connections/alert.ts";
import { muteAlert as muteRow } from "../../store/tables/alerts.ts";
import { alertsTopic } from "../announcements.ts";
import { iso } from "../instant.ts";
import { invalidParameter } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requireAlert, updatedAlert } from "./requireAlert.ts";

const maxMuteMs = 30 * 86_400_000;

/**
 * Sends no message about an alert for a time. It stays open, and is sent afterwards if it still is. The same alert stays muted when it
 * closes and opens again.
 * @throws {ProblemError} not_found; invalid_request for a time that is not in the next 30 days
 */
export const muteAlert = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id, minutes, until }: MuteRequest & { id: string }): Promise<Alert> => {
    const { log, clock } = served.tenant;
    await requireAlert(served, id);
    const now = clock.now();
    const end = until === undefined ? now + (minutes ?? 0) * 60_000 : Date.parse(until);
    if (until !== undefined && (end <= now || end > now + maxMuteMs))
      throw invalidParameter("until", "until must be in the next 30 days. To end the mute, send minutes: 0.");
    const mutedUntil = end <= now ? null : end;
    const ids = { alert: id, until: mutedUntil === null ? null : iso(mutedUntil) };
    await audit(actor, { verb: "alerts.mute", ids }, (auditRows) =>
      log.commit({ statements: [muteRow(log.store, id, mutedUntil), ...auditRows], correlationId: "alerts" }),
    );
    log.announce(alertsTopic);
    return await updatedAlert(served, id);
  },
);
