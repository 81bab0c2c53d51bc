import type { EventPayload } from "../log/payload.ts";
import type { ChurnSignal, RiskReason, RiskSettings } from "./risk.ts";

type Words = (signal: ChurnSignal, payload: EventPayload, settings: RiskSettings) => string;

const sentences: Record<RiskReason, Words> = {
  churn_words: ({ words }) => `The customer wrote ${words.map((word) => `"${word}"`).join(", ")}.`,
  escalated: () => "A ticket was escalated.",
  high_priority: (_, payload) => `A ticket has ${priorityOf(payload)} priority.`,
  bad_rating: () => "The customer rated the support as bad.",
  reopened: (_, __, { reopenedTimes }) =>
    reopenedTimes === 1 ? "A ticket was reopened." : `A ticket was reopened ${reopenedTimes} times or more.`,
  health_at_risk: (_, payload) => fallSentence(payload),
  health_falling: (_, payload) => fallSentence(payload),
};

/** The reasons of a risk in sentences, for the person who gets the alert. They contain configured words only, and no text of the customer. */
export const wordsOfReasons = (signal: ChurnSignal, payload: EventPayload, settings: RiskSettings): string[] =>
  signal.reasons.map((reason) => sentences[reason](signal, payload, settings));

const priorityOf = ({ interaction, record }: EventPayload): string =>
  interaction?.priority ?? (record?.data.kind === "ticket" ? record.data.priority : null) ?? "high";

interface FallData {
  from?: { score?: unknown; band?: unknown };
  to?: { score?: unknown; band?: unknown };
  drivers?: { key: string; value: number | string | null; points: number; cap: number | null }[];
}

const bandNames: Record<string, string> = { good: "good", watch: "watch", at_risk: "at risk" };

/** "Health fell from 80 (good) to 39 (at risk): last active 61 days ago, usage is inactive." */
function fallSentence({ data }: EventPayload): string {
  const { from, to, drivers = [] } = data as FallData;
  const scoreAndBand = (state: FallData["from"]) => `${state?.score} (${bandNames[String(state?.band)] ?? state?.band})`;
  const causes = drivers.filter(({ points, cap }) => points < 0 || cap !== null).map(driverWords);
  return `Health fell from ${scoreAndBand(from)} to ${scoreAndBand(to)}${causes.length > 0 ? `: ${causes.join(", ")}` : ""}.`;
}

const count = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? "" : "s"}`;

function driverWords({ key, value }: { key: string; value: number | string | null }): string {
  const n = Number(value);
  switch (key) {
    case "usage_trend":
      return `usage is ${value}`;
    case "last_active":
      return `last active ${count(n, "day")} ago`;
    case "csat":
      return `satisfaction is ${Math.round(n * 100)} %`;
    case "open_tickets":
      return count(n, "open ticket");
    case "urgent_tickets":
      return count(n, "urgent ticket");
    case "renewal":
      return n < 0 ? `the renewal is ${count(-n, "day")} overdue` : `the renewal is in ${count(n, "day")}`;
    case "onboarding":
      return `onboarding is ${Math.round(n * 100)} % done`;
    default:
      return key.replaceAll("_", " ");
  }
}
