import { UsageError } from "./errors.ts";

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The instant of `30m`, `12h`, `7d` or an RFC 3339 time, epoch ms. @throws {UsageError} */
export function parseSince(since: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(since) ?? [];
  if (count && unit) return now - Number(count) * units[unit as keyof typeof units];
  const instant = Date.parse(since);
  if (Number.isNaN(instant)) throw new UsageError(`--since is "${since}". Use 30m, 12h, 7d or an RFC 3339 time.`);
  return instant;
}
