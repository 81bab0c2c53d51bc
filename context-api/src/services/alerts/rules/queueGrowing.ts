import { loadBacklogs, maxCountedBacklog } from "../../../store/tables/deliveryFigures.ts";
import { type AlertFinding, type AlertRule, connectionIds, thresholdsOf } from "./rule.ts";

/** A target takes deliveries more slowly than they arrive, or not at all. */
export const queueGrowing: AlertRule = {
  kind: "queue_growing",
  comesAndGoes: true,
  nextAction: "Check the target: Connections in the console shows its circuit breakers and quotas, Deliveries the causes.",
  async find(source) {
    const { served, now } = source;
    const { tenant } = served;
    const { minutes: maxMinutes = 15, deliveries: maxWaiting = 1_000 } = thresholdsOf(source, "queue_growing");
    const backlogs = await loadBacklogs(tenant.log.store, connectionIds(tenant));
    return backlogs.flatMap(({ target, count, oldestAt }): AlertFinding[] => {
      const minutes = Math.floor((now - oldestAt) / 60_000);
      if (now - oldestAt < maxMinutes * 60_000 && count <= maxWaiting) return [];
      const number = count === maxCountedBacklog ? `At least ${count}` : `${count}`;
      const cause = `${number} deliveries wait, the oldest for ${minutes} minutes.`;
      const message = `The delivery queue of ${target} grows: ${cause}`;
      return [{ severity: "warning", connection: target, subject: "", message, cause, since: oldestAt, count }];
    });
  },
};
