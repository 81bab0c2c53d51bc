import type { ChannelTest, ChannelTestRequest } from "@sidelight/contracts/connections/alert.ts";
import { hasChannel } from "../../config/alerts.ts";
import { releaseAlertMessages } from "../../store/tables/alertMessages.ts";
import { alertsTopic } from "../announcements.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { noticeOf } from "./notice.ts";

/**
 * Sends a test message to a channel. When it is accepted, messages that wait for the channel are sent too.
 * @throws {ProblemError} conflict for a channel that is not configured
 */
export const testChannel = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { channel }: ChannelTestRequest): Promise<ChannelTest> => {
    const { log, config, clock } = served.tenant;
    if (!hasChannel(config.alerts, channel))
      throw new ProblemError("conflict", `The channel ${channel} is not configured. Add it to alerts.channels of the tenant.`, {
        stage: "validate",
      });
    const now = clock.now();
    const notice = noticeOf({
      ...{ kind: "test", key: log.identifier("alert group", `test ${now}`), tenant: log.tenant, timeZone: config.timeZone },
      ...{ config: config.alerts, alerts: [], labelOf: (id: string) => id, now },
    });
    const outcome = await served.alertChannels(channel, config.alerts, notice);
    // A test must not page a person for longer than it takes to see it.
    if (outcome.isSent && channel === "pagerDuty")
      await served.alertChannels(channel, config.alerts, { ...notice, kind: "closed" });
    const releasedState = outcome.isSent ? [releaseAlertMessages(log.store, channel, clock.now())] : [];
    await audit(actor, { verb: "alerts.test", ids: { channel, isDelivered: outcome.isSent ? 1 : 0 } }, (auditRows) =>
      log.commit({ statements: [...releasedState, ...auditRows], correlationId: "alerts" }),
    );
    if (outcome.isSent) log.announce(alertsTopic);
    return { channel, isDelivered: outcome.isSent, answer: outcome.isSent ? outcome.answer : outcome.problem };
  },
);
