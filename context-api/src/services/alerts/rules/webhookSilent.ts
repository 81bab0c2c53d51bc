import type { Connection } from "../../../connections/connections.ts";
import { countArrivals, hasNewWebhookEvent } from "../../../store/tables/events.ts";
import type { TenantStore } from "../../../store/tenantStore.ts";
import { type AlertFinding, type AlertRule, thresholdsOf } from "./rule.ts";

const maxSilenceHours = 6;
/** Changes that pulls found instead, in a day. A few may come from changes that the platform sends no webhook for. */
const minMissed = 10;

/** Changes arrive by pulls only, although the connection has webhooks. */
export const webhookSilent: AlertRule = {
  kind: "webhook_silent",
  nextAction:
    "Check the webhook at the platform: its address, its secret, and whether it is active. Refused calls are in the log.",
  async find(source) {
    const { served, now } = source;
    const { tenant } = served;
    const { hours = maxSilenceHours, missedChanges = minMissed } = thresholdsOf(source, "webhook_silent");
    const maxSilenceMs = hours * 3_600_000;
    const { store } = tenant.log;
    const withWebhooks = tenant.connections.filter(
      ({ webhooks, connector }) => webhooks.length > 0 && connector.streams.length > 0,
    );
    const isActive = await Promise.all(withWebhooks.map((connection) => hasRecentWebhook(store, connection, now - maxSilenceMs)));
    const connections = withWebhooks.filter((_, i) => !isActive[i]);
    // It counts the events of a day.
    if (connections.length === 0) return [];
    const arrivals = await countArrivals(store, now);
    return connections.flatMap(({ id }): AlertFinding[] => {
      const { lastReceivedAt = null, pulledEvents: count = 0 } = arrivals.get(id) ?? {};
      const since = lastReceivedAt ?? now - 86_400_000;
      if (count < missedChanges || now - since < maxSilenceMs) return [];
      const cause = `Pulls found ${count} changes in a day that no webhook reported.`;
      const message = `No webhook arrived for ${Math.floor((now - since) / 3_600_000)} hours. ${cause}`;
      return [{ severity: "warning", connection: id, subject: "", message, cause, since, count }];
    });
  },
};

/** False also when the newest events do not show it. */
async function hasRecentWebhook(store: TenantStore, { id, platform }: Connection, since: number): Promise<boolean> {
  for (const object of Object.keys(platform.objects))
    if (await hasNewWebhookEvent(store, { connection: id, object }, since + 1)) return true;
  return false;
}
