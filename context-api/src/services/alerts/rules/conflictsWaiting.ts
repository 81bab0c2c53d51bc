import { countOpenConflicts } from "../../../store/tables/conflicts.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** Fields whose platforms differ, and that a person has to decide. One alert per field. */
export const conflictsWaiting: AlertRule = {
  kind: "conflicts_waiting",
  nextAction:
    "Decide them under Conflicts in the console, or with GET /v1/conflicts?state=open and POST /v1/conflicts/{id}/resolve.",
  async find({ served: { tenant } }) {
    const counts = await countOpenConflicts(tenant.log.store);
    return counts.map(({ field, count, since }): AlertFinding => {
      const conflicts = count === 1 ? "1 conflict waits" : `${count} conflicts wait`;
      const message = `${conflicts} for a decision about the field ${field}. Until then, its values stay as they are.`;
      return { severity: "warning", connection: "", subject: field, message, cause: "conflict", since, count };
    });
  },
};
