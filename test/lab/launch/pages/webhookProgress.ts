import type { SentWebhook } from "../../webhooks/webhookLog.ts";

const platforms = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel" } as const;

/** The delivery of the webhooks of one scenario, in a sentence for each platform. */
export function webhookProgress(webhooks: readonly SentWebhook[], now: number): { lines: string[]; isOver: boolean } {
  const byPlatform = Map.groupBy(webhooks, ({ platform }) => platform);
  const lines = [...byPlatform].map(([platform, group]) => sentence(platforms[platform], group, now));
  return { lines, isOver: webhooks.every(({ state }) => state !== "waiting") };
}

/** The webhook of a platform that is furthest from its end decides the sentence. */
function sentence(platform: string, webhooks: readonly SentWebhook[], now: number): string {
  const inState = (state: SentWebhook["state"]): SentWebhook[] => webhooks.filter((webhook) => webhook.state === state);
  const queue = inState("waiting");
  const [failure] = inState("failed");
  const arrivals = inState("delivered");
  if (queue.length > 0) return waitingSentence(platform, queue, now);
  if (inState("lost").length > 0) return `${platform}’s webhook is lost: Sidelight finds the change with its next pull.`;
  if (failure)
    return `${platform}’s webhook failed (${failure.status || "no answer"}): Sidelight finds the change with its next pull.`;
  const durations = arrivals.map(({ tookMs }) => tookMs ?? 0);
  if (!arrivals.some(({ delivery }) => delivery === "duplicate"))
    return `${platform}’s webhook arrived after ${duration(Math.max(...durations))}.`;
  return `${platform}’s webhook arrived after ${duration(Math.min(...durations))}, and a second time after that.`;
}

function waitingSentence(platform: string, queue: readonly SentWebhook[], now: number): string {
  const dueTimes = queue.map(({ dueAt }) => (dueAt === null ? null : Date.parse(dueAt))).filter((dueTime) => dueTime !== null);
  const attempt = queue.find(({ attempts }) => attempts > 0);
  if (dueTimes.length === 0) return `${platform} stopped sending because Sidelight refused a webhook (${attempt?.status}).`;
  const remainingMs = Math.max(0, Math.min(...dueTimes) - now);
  if (attempt)
    return `Sidelight did not take ${platform}’s webhook (${attempt.status || "no answer"}); the next attempt is in ${duration(remainingMs)}.`;
  return remainingMs < 500
    ? `${platform}’s webhook is on its way.`
    : `${platform}’s webhook leaves in ${Math.ceil(remainingMs / 1000)} s.`;
}

const duration = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);
