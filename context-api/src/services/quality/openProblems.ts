import type { QualityProblem } from "@sidelight/contracts/quality/quality.ts";
import { openReader } from "../../log/reader.ts";
import type { Measurement } from "../../quality/measurements.ts";
import { problemsOf } from "../../quality/problems.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** The problems of a measurement with the refs of their examples. A record that was deleted or erased since is left out. */
export async function openProblems(
  { tenant: { log, connections } }: ServedTenant,
  { totals }: Measurement,
): Promise<QualityProblem[]> {
  const labels = new Map(connections.map(({ id, platform }) => [id, platform.label]));
  const problems = problemsOf(totals, (connection) => labels.get(connection) ?? connection);
  const records = await openReader(log).records(problems.flatMap(({ exampleKeys }) => exampleKeys));
  const refs = new Map(records.map(({ key, ref }) => [key, ref]));
  return problems.map(({ exampleKeys, ...problem }) => ({
    ...problem,
    examples: exampleKeys.flatMap((key) => refs.get(key) ?? []),
  }));
}
