import { countQuarantined } from "../../../store/tables/quarantine.ts";
import { type AlertFinding, type AlertRule, connectionIds, thresholdsOf } from "./rule.ts";

/** Verified messages that could not be used. One alert per webhook. */
export const quarantinedMessages: AlertRule = {
  kind: "messages_quarantined",
  nextAction:
    "Read the reasons under Quarantine in the console, fix the webhook or the mapping, and release or discard the messages of the quarantine there.",
  async find(source) {
    const { tenant } = source.served;
    const { messages: minMessages = 1 } = thresholdsOf(source, "messages_quarantined");
    const counts = await countQuarantined(tenant.log.store, connectionIds(tenant));
    const reported = counts.filter(({ count }) => count >= minMessages);
    return reported.map(({ connection, webhook, reason, count, since }): AlertFinding => {
      const message = `The webhook ${webhook} of ${connection} sent ${count} messages that could not be used: ${reason}.`;
      return { severity: "warning", connection, subject: webhook, message, cause: reason, since, count };
    });
  },
};
