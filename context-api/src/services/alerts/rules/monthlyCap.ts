import { monthlyUse } from "../../../deliveries/monthlyCap.ts";
import { iso } from "../../instant.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** Part of the cap from which a person should know. */
const warningShare = 0.8;

/** The events that a platform bills by month are nearly used up, or used up. It ends with the month, or when the cap is raised. */
export const monthlyCap: AlertRule = {
  kind: "monthly_cap",
  nextAction:
    "Raise eventsPerMonth of the connection, or disable routes that send events. Deliveries in the console shows what waits.",
  async find({ served: { tenant }, now }) {
    const findings = await Promise.all(
      tenant.connections.map(async (target): Promise<AlertFinding[]> => {
        const use = await monthlyUse({ log: tenant.log, clock: tenant.clock, target });
        if (!use || use.sent < use.limit * warningShare) return [];
        const { limit, sent, month } = use;
        const isReached = sent >= limit;
        const state = isReached
          ? `All ${limit} events of the month are sent.`
          : `${Math.floor((sent / limit) * 20) * 5} % of the ${limit} events of the month are sent.`;
        const cause = isReached ? `${state} New events wait until ${iso(month.endsAt)}.` : `${state} Events above the cap wait.`;
        const message = `The monthly cap of events ${isReached ? "is reached" : "is nearly reached"}: ${cause}`;
        const severity = isReached ? "critical" : "warning";
        return [{ severity, connection: target.id, subject: "events", message, cause, since: now, count: limit }];
      }),
    );
    return findings.flat();
  },
};
