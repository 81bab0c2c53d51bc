import type { ConnectionStatus } from "@sidelight/contracts/connections/connection.ts";

export const stateWords: Readonly<Record<ConnectionStatus["state"], string>> = {
  ok: "OK",
  backfilling: "First pull runs",
  failing: "Failing",
  invalid_credentials: "Sign-in refused",
};
export const stateTones = { ok: "good", backfilling: "neutral", failing: "danger", invalid_credentials: "danger" } as const;

export const streamStateWords: Readonly<Record<ConnectionStatus["streams"][number]["state"], string>> = {
  ok: "OK",
  backfilling: "First pull runs",
  failing: "Failing",
  unavailable: "Not available",
};
export const streamStateTones = { ok: "good", backfilling: "neutral", failing: "danger", unavailable: "warning" } as const;

type BreakerState = ConnectionStatus["breaker"][string]["state"];
export const breakerWords: Readonly<Record<BreakerState, string>> = { closed: "Closed", open: "Open", "half-open": "Half-open" };
export const breakerTones = { closed: "good", open: "danger", "half-open": "warning" } as const;

/** "read" → "Reads", "pull.tickets" → "Pulls of tickets", "write.create-case" → "Writes: create-case" */
export function kindWords(kind: string): string {
  const [verb = "", ...rest] = kind.split(".");
  const object = rest.join(".");
  if (verb === "read") return "Reads";
  if (verb === "pull") return `Pulls of ${object}`;
  return verb === "write" ? `Writes: ${object}` : kind;
}
