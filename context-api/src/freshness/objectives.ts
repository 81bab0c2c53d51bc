import type { AgeBound, ObjectiveConfig } from "../config/objectives.ts";
import type { Connection } from "../connections/connections.ts";
import { targetFor } from "./ageBounds.ts";

export interface Objective {
  connection: string;
  /** An object of the platform. */
  data: string;
  youngerThan: AgeBound;
  /** 0.5 to 0.9999. */
  share: number;
  windowDays: number;
  /** True when the configuration does not name it. */
  isDefault: boolean;
}

const defaults = { share: 0.95, windowDays: 7, isDefault: true };
const minuteMs = 60_000;

/** The configured objectives, and one for each object of a connection's section that has none. */
export function objectivesOf(connections: readonly Connection[], configuredItems: readonly ObjectiveConfig[]): Objective[] {
  const ids = new Set(connections.map(({ id }) => id));
  const configuredObjectives = configuredItems
    .filter(({ connection }) => ids.has(connection))
    .map((objective) => ({ ...objective, isDefault: false }));
  const isConfigured = (connection: string, data: string): boolean =>
    configuredObjectives.some((objective) => objective.connection === connection && objective.data === data);
  const rest = connections.flatMap((connection) =>
    connection.platform.sectionObjects
      .filter((data) => !isConfigured(connection.id, data))
      .map((data) => ({ connection: connection.id, data, youngerThan: defaultTarget(connection, data), ...defaults })),
  );
  return [...configuredObjectives, ...rest];
}

/**
 * The age at which a value stops being fresh. Without webhooks and subscriptions only pulls bring changes, and a change waits for the
 * next one: the target is twice their interval then.
 */
function defaultTarget({ connector, webhooks, freshMs, schedule }: Connection, data: string): AgeBound {
  if (webhooks.length > 0 || connector.subscribe) return targetFor(freshMs);
  const intervals = connector.streams
    .filter(({ objects }) => objects.includes(data))
    .map(({ name, intervalMs }) => {
      const configuredItems = schedule(name);
      if (configuredItems === null) return intervalMs;
      return configuredItems.mode === "nightly" ? 720 * minuteMs : configuredItems.minutes * minuteMs;
    });
  return targetFor(Math.max(freshMs, 2 * Math.max(0, ...intervals)));
}
