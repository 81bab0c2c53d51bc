/** How much slower this machine is now than an idle one with two cores; at least 1. Measured once by vitest's configuration. */
export const timeScale = Math.max(1, Number(process.env["SIDELIGHT_TIME_SCALE"] ?? 1));

/** A time limit for this machine, ms. Limits end what hangs; they assert nothing about speed. */
export const scaled = (ms: number): number => Math.round(ms * timeScale);
