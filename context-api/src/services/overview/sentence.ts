import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import type { PanelSums } from "./panelCounts.ts";

/** The state of everything in one sentence. @param labelOf name of a platform for people */
export function overviewSentence(
  connections: readonly Pick<ConnectionOverview, "state">[],
  hour: Pick<PanelSums, "answers" | "staleByPlatform">,
  labelOf: (platform: string) => string,
): string {
  return `${healthWords(connections)}; ${staleWords(hour, labelOf)}`;
}

function healthWords(connections: readonly Pick<ConnectionOverview, "state">[]): string {
  const total = connections.length;
  if (total === 0) return "No platform is connected";
  const countOf = (...states: ConnectionOverview["state"][]) => connections.filter(({ state }) => states.includes(state)).length;
  const healthy = countOf("ok", "backfilling");
  const pausedCount = countOf("paused");
  const backfilling = countOf("backfilling");
  const details = [
    ...(pausedCount > 0 ? [`${pausedCount} paused`] : []),
    ...(backfilling > 0 ? [`${backfilling} in the first backfill`] : []),
  ];
  const words =
    healthy === total
      ? total === 1
        ? "The platform is healthy"
        : `All ${total} platforms healthy`
      : `${healthy} of ${total} platforms healthy`;
  return details.length === 0 ? words : `${words} (${details.join(", ")})`;
}

function staleWords(
  { answers, staleByPlatform }: Pick<PanelSums, "answers" | "staleByPlatform">,
  labelOf: (platform: string) => string,
) {
  const [worst, ...otherItems] = Object.entries(staleByPlatform).sort(([, a], [, b]) => b - a);
  if (!worst) return answers === 0 ? "no panel was open in the last hour" : "no agent saw stale data in the last hour";
  const [platform, count] = worst;
  const overrides = otherItems.length === 0 ? "" : `, and of ${otherItems.map(([name]) => labelOf(name)).join(" and ")}`;
  return `agents saw stale ${labelOf(platform)} data ${times(count)} in the last hour${overrides}`;
}

const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`);
