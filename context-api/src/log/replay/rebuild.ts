import { findBaseline, restoreBaseline } from "../../store/tables/baselines.ts";
import { deleteProjectionFailures } from "../../store/tables/projectionFailures.ts";
import { type ProjectionResult, type ProjectionTools, projectNext } from "../projections/projectEvents.ts";

const batchSize = 2000;

/**
 * Deletes a tenant's projections and applies its log again from the baseline on, inside the caller's transaction. The projections must
 * contain the whole log before.
 */
export async function rebuild(tools: ProjectionTools): Promise<ProjectionResult> {
  const { store, keys } = tools;
  const tenantStore = store.forTenant(keys.tenant);
  for (const statement of [...restoreBaseline(tenantStore), deleteProjectionFailures(tenantStore)])
    await store.execute(statement);
  const result: ProjectionResult = { invalidations: new Map(), failures: [] };
  let sequence = (await findBaseline(tenantStore))?.sequence ?? 0;
  for (;;) {
    const part = await projectNext(tools, sequence, batchSize);
    if (!part) return result;
    for (const [dependency, lastSequence] of part.invalidations) result.invalidations.set(dependency, lastSequence);
    result.failures.push(...part.failures);
    sequence = part.through;
  }
}
