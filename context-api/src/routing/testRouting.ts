import type { Clock } from "@sidelight/model/clock.ts";
import type { Action } from "@sidelight/platform-kit/action.ts";
import { createCircuits } from "../connections/circuits.ts";
import type { Connection } from "../connections/connections.ts";
import type { Supervise } from "../resilience/supervise.ts";

// Fixtures of the tests beside this file.

/** A connection that has nothing but actions. */
export function testConnection(id: string, actions: Record<string, Action>, clock: Clock): Connection {
  const circuits = createCircuits({
    platform: id,
    kinds: Object.keys(actions).map((name) => `write.${name}` as const),
    clock,
    options: {},
    onSuccess: () => {},
    onChange: () => {},
  });
  const platform = { name: id, label: `${id.charAt(0).toUpperCase()}${id.slice(1)}`, objects: {} };
  return {
    id,
    platform,
    circuits,
    pausedAt: null,
    connector: { actions, streams: [], check: async () => {} },
  } as unknown as Connection;
}

/** Runs a task once. */
export const superviseNothing: Supervise = (task) => task.run();
