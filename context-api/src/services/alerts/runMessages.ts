import { type ChannelName, hasChannel } from "../../config/alerts.ts";
import { endChannel, type MessageTools, planChannel, sendChannel } from "./sendMessages.ts";

const intervalMs = 15_000;

/** The leader's work of sending messages about alerts. */
export interface AlertMessages {
  /** Looks now, because alerts have changed. */
  wake(): void;
  /** Sends the messages of one channel until the signal is aborted. A channel that does not answer delays no other. */
  run(channel: ChannelName, tools: MessageTools, signal: AbortSignal): Promise<void>;
}

export function createAlertMessages(): AlertMessages {
  const sleepers = new Map<ChannelName, AbortController>();
  return {
    wake() {
      for (const sleeper of sleepers.values()) sleeper.abort();
    },
    async run(channel, tools, signal) {
      const { tenant, clock } = tools;
      let hasEnded = false;
      while (!signal.aborted) {
        const sleeper = new AbortController();
        sleepers.set(channel, sleeper);
        let nextAt: number | null = null;
        if (hasChannel(tenant.config.alerts, channel)) {
          await planChannel(channel, tools);
          nextAt = await sendChannel(channel, tools, signal);
          hasEnded = false;
        } else if (!hasEnded) {
          await endChannel(channel, tools);
          hasEnded = true;
        }
        const delayMs = nextAt === null ? intervalMs : Math.min(intervalMs, Math.max(100, nextAt - clock.now()));
        await clock.sleep(delayMs, AbortSignal.any([signal, sleeper.signal])).catch(() => {});
      }
    },
  };
}
