import type { Canary } from "@sidelight/contracts/config/canary.ts";

export const stateWords: Readonly<Record<Canary["state"], string>> = {
  running: "Running",
  passed: "Passed",
  promoted: "Active for all",
  rolled_back: "Rolled back",
  stopped: "Stopped",
};

export const stateTones = {
  running: "neutral",
  passed: "good",
  promoted: "good",
  rolled_back: "danger",
  stopped: "neutral",
} as const satisfies Record<Canary["state"], string>;

/** Which events it takes. */
export const selectionWords = ({ share, team }: Canary): string =>
  share === null ? `events for which ${team ?? ""}` : `${Math.round(share * 1_000) / 10} % of the customers`;
