import type { ReplaysTable } from "../../store/schema.ts";
import type { ReplayCounts, ReplayScope } from "./planReplay.ts";

type Filter = Omit<ReplayScope, "target" | "route">;

/** The scope of a stored replay. */
export const scopeOf = ({ target, route, filter }: Pick<ReplaysTable, "target" | "route" | "filter">): ReplayScope => ({
  target,
  route,
  ...(JSON.parse(filter) as Filter),
});

export const countsOf = ({ counts }: Pick<ReplaysTable, "counts">): ReplayCounts => JSON.parse(counts) as ReplayCounts;

/** The columns that store a scope. */
export const scopeColumns = ({ target, route, ...filter }: ReplayScope): Pick<ReplaysTable, "target" | "route" | "filter"> => ({
  target,
  route,
  filter: JSON.stringify(filter satisfies Filter),
});
