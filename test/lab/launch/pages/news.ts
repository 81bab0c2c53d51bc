import type { SentWebhook } from "../../webhooks/sent.ts";

const platforms = { salesforce: "Salesforce", zendesk: "Zendesk", mixpanel: "Mixpanel" } as const;

/** How the webhooks of one happening are faring, in a sentence for each platform. */
export function news(webhooks: readonly SentWebhook[], now: number): { lines: string[]; isOver: boolean } {
  const byPlatform = Map.groupBy(webhooks, ({ platform }) => platform);
  const lines = [...byPlatform].map(([platform, own]) => sentence(platforms[platform], own, now));
  return { lines, isOver: webhooks.every(({ state }) => state !== "waiting") };
}

/** Of a platform's webhooks the one that is furthest from its end speaks for all. */
function sentence(platform: string, webhooks: readonly SentWebhook[], now: number): string {
  const of = (state: SentWebhook["state"]): SentWebhook[] => webhooks.filter((webhook) => webhook.state === state);
  const [waiting, failed, lost, delivered] = [of("waiting"), of("failed"), of("lost"), of("delivered")];
  if (waiting.length > 0) return stillWaiting(platform, waiting, now);
  if (lost.length > 0) return `${platform}’s webhook is lost: Sidelight will learn of it when it next pulls.`;
  if (failed.length > 0)
    return `${platform}’s webhook failed (${failed[0]!.status || "no answer"}): Sidelight will learn of it when it next pulls.`;
  const slowest = Math.max(...delivered.map(({ tookMs }) => tookMs ?? 0));
  const again = delivered.some(({ delivery }) => delivery === "duplicate") ? ", and once more after that" : "";
  const first = again ? Math.min(...delivered.map(({ tookMs }) => tookMs ?? 0)) : slowest;
  return `${platform} told Sidelight after ${duration(first)}${again}.`;
}

function stillWaiting(platform: string, waiting: readonly SentWebhook[], now: number): string {
  const next = waiting.map(({ dueAt }) => (dueAt === null ? null : Date.parse(dueAt))).filter((at) => at !== null);
  const tried = waiting.find(({ attempts }) => attempts > 0);
  if (next.length === 0) return `${platform} has stopped sending, since Sidelight refused it (${tried?.status}).`;
  const left = Math.max(0, Math.min(...next) - now);
  if (tried)
    return `Sidelight did not take ${platform}’s webhook (${tried.status || "no answer"}); it comes again in ${duration(left)}.`;
  return left < 500 ? `${platform}’s webhook is on its way.` : `${platform}’s webhook leaves in ${Math.ceil(left / 1000)} s.`;
}

const duration = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);
