export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** `2026-11-21T01:06:00Z`: seconds, as all three platforms write them. */
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
/** `2026-11-21`, UTC. */
export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
export const midnight = (ms: number): number => Math.floor(ms / DAY) * DAY;
export const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
