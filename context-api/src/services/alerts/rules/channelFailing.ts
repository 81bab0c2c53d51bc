import { listFailingChannels } from "../../../store/tables/alertMessages.ts";
import type { AlertFinding, AlertRule } from "./rule.ts";

/** Failed attempts of a message. The first ones are within seconds. */
const minAttempts = 3;

/** Messages about alerts do not arrive. It is not sent through the channel that fails. */
export const channelFailing: AlertRule = {
  kind: "alert_channel_failing",
  nextAction:
    "Correct the channel in `alerts.channels` or its secret, then test it: POST /v1/alerts/test. Messages that wait are sent then.",
  async find({ served: { tenant } }) {
    const channels = await listFailingChannels(tenant.log.store, minAttempts);
    return channels.map(({ channel, count, since, problem }): AlertFinding => {
      const cause = problem ?? "The channel does not accept messages.";
      const messages = count === 1 ? "1 message waits" : `${count} messages wait`;
      const message = `Alerts do not arrive through ${channel}: ${cause} ${messages}.`;
      return { severity: "critical", connection: "", subject: channel, message, cause, since, count };
    });
  },
};
