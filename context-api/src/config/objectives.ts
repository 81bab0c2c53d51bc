import { z } from "zod";
import { didYouMean } from "./didYouMean.ts";
import type { ConfigIssue } from "./issues.ts";

/** Ages by which Sidelight counts. A target is one of them, so that the share of younger facts is exact for all of the history. */
export const ageBounds = ["10s", "30s", "1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "6h", "12h", "1d"] as const;
export type AgeBound = (typeof ageBounds)[number];

const Objective = z.strictObject({
  /** Id of a connection. */
  connection: z.string(),
  /** An object of its platform: ticket, account, usage. */
  data: z.string(),
  youngerThan: z.enum(ageBounds),
  /** The part of the facts, and of the minutes, that has to be younger. */
  share: z.number().min(0.5).max(0.9999).default(0.95),
  windowDays: z.number().int().min(1).max(30).default(7),
});

/** Replaces the default objective of the same connection and object. */
export const ObjectivesConfig = z.array(Objective).max(200).default([]).superRefine(refuseRepeated);
export type ObjectiveConfig = z.infer<typeof Objective>;

function refuseRepeated(objectives: ObjectiveConfig[], { addIssue }: z.RefinementCtx): void {
  for (const [i, { connection, data }] of objectives.entries()) {
    const isRepeated = objectives.findIndex((candidate) => candidate.connection === connection && candidate.data === data) < i;
    if (isRepeated) addIssue({ code: "custom", path: [i], message: `another objective is about ${data} of ${connection}` });
  }
}

/** Objectives for connections and objects that do not exist. @param objectsOf the objects of a connection; null for an unknown one */
export function objectiveIssues(
  objectives: readonly ObjectiveConfig[],
  connections: readonly string[],
  objectsOf: (connection: string) => readonly string[] | null,
): ConfigIssue[] {
  return objectives.flatMap(({ connection, data }, i): ConfigIssue[] => {
    const objects = objectsOf(connection);
    if (!connections.includes(connection)) {
      const message = `unknown connection ${connection}${didYouMean(connection, connections)}`;
      return [{ path: ["objectives", i, "connection"], message, location: null }];
    }
    if (objects === null || objects.includes(data)) return [];
    const message = `${connection} has no object ${data}; use one of: ${objects.join(", ")}`;
    return [{ path: ["objectives", i, "data"], message, location: null }];
  });
}
