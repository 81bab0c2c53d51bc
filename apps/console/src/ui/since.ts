const hourMs = 3_600_000;
const durations: Readonly<Record<string, number>> = { "1h": hourMs, "24h": 24 * hourMs, "7d": 168 * hourMs, "30d": 720 * hourMs };

export const sinceChoices = [
  { id: "1h", label: "Last hour" },
  { id: "24h", label: "Last 24 hours" },
  { id: "7d", label: "Last 7 days" },
  { id: "30d", label: "Last 30 days" },
] as const;

/** The query of a list for a duration of the address; empty without one, and for one that is unknown. */
export function sinceQuery(duration: string, now: number): { since?: string } {
  const ms = durations[duration];
  return ms === undefined ? {} : { since: new Date(now - ms).toISOString() };
}
