const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** "2 minutes ago", "in 3 hours" */
export function agoWords(instant: string, now: number): string {
  const ms = Date.parse(instant) - now;
  const [unit, unitMs] = units.find(([, size]) => Math.abs(ms) >= size) ?? units[3];
  return relative.format(Math.trunc(ms / unitMs), unit);
}

/** "250 ms", "1.2 s", "3 min", "2 h", "5 d" */
export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toLocaleString(undefined, { maximumFractionDigits: 1 })} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}
