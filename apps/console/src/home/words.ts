import type { ConnectionAction } from "@sidelight/contracts/connections/connection.ts";
import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import { agoWords } from "../ui/moments.ts";

export const stateWords: Readonly<Record<ConnectionOverview["state"], string>> = {
  ok: "healthy",
  backfilling: "first pull runs",
  failing: "does not answer",
  invalid_credentials: "sign-in refused",
  paused: "paused",
};

export const actionWords: Readonly<Record<ConnectionAction, { name: string; effect: string }>> = {
  probe: { name: "Probe", effect: "Ends every wait and calls the platform now" },
  pull: { name: "Pull now", effect: "Reads what changed since the last pull" },
  pause: { name: "Pause", effect: "No call, pull or delivery until it is resumed" },
  resume: { name: "Resume", effect: "Pulls and delivers again" },
  "reread-secret": { name: "Re-read the secret", effect: "After the secret was changed" },
};

/** What agents see of a platform that does not work. @param now epoch ms */
export function effectWords(
  { oldestDataAt, staleFrom }: Pick<ConnectionOverview, "oldestDataAt" | "staleFrom">,
  now: number,
): string {
  if (oldestDataAt === null) return "Agents see no data of it: the first pull is not complete.";
  const shownText = `Agents still see the stored data, read ${agoWords(oldestDataAt, now)}.`;
  if (staleFrom === null) return shownText;
  return Date.parse(staleFrom) <= now
    ? `${shownText} Panels mark it as old.`
    : `${shownText} Panels mark it as old ${agoWords(staleFrom, now)}.`;
}

const scarceShare = 0.2;

/** "82 %", and when it runs out or is free again. @param now epoch ms */
export function quotaWords(
  { limit, remaining, blockedUntil, runsOutAt }: NonNullable<ConnectionOverview["quota"]>,
  now: number,
): { text: string; detail: string; isLow: boolean } {
  const share = limit === 0 ? 0 : remaining / limit;
  const text = `${Math.floor(share * 100)} %`;
  if (blockedUntil !== null) return { text, detail: `refused, free ${agoWords(blockedUntil, now)}`, isLow: true };
  if (runsOutAt !== null) return { text, detail: `runs out ${agoWords(runsOutAt, now)}`, isLow: true };
  return { text, detail: "", isLow: share < scarceShare };
}

/** A part of a whole: "12 %"; "–" of nothing. */
export function shareWords(part: number, total: number): string {
  if (total === 0) return "–";
  const percent = (part / total) * 100;
  return percent > 0 && percent < 1 ? "< 1 %" : `${Math.round(percent)} %`;
}
