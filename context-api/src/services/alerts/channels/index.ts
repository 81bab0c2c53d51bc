import type { AlertsConfig, ChannelName } from "../../../config/alerts.ts";
import { SecretError } from "../../../security/secrets/provider.ts";
import type { Notice } from "../notice.ts";
import { type ChannelTools, failure, type SendNotice, type SendOutcome } from "./channel.ts";
import { mailSender } from "./mail.ts";
import { pagerDutySender } from "./pagerDuty.ts";
import { slackSender } from "./slack.ts";

export type AlertChannels = (channel: ChannelName, config: AlertsConfig, notice: Notice) => Promise<SendOutcome>;

/** Sends a notice to a channel of the configuration. A missing secret is a failed attempt: it may be there at the next one. */
export function createAlertChannels(tools: ChannelTools): AlertChannels {
  const mail = mailSender(tools);
  const senders: Record<ChannelName, SendNotice> = {
    slack: slackSender(tools),
    pagerDuty: pagerDutySender(tools),
    mail,
    digest: mail,
  };
  return async (channel, config, notice) => {
    try {
      return await senders[channel](config, notice);
    } catch (error) {
      if (error instanceof SecretError) return failure(error.message);
      throw error;
    }
  };
}
