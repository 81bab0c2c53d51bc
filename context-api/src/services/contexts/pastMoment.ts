import type { PastMoment } from "../../context/contexts.ts";
import type { Tenant } from "../../context/tenant.ts";
import { findBaseline } from "../../store/tables/baselines.ts";
import { firstSequenceAfter } from "../../store/tables/events.ts";
import { invalidParameter } from "../problemError.ts";

/**
 * The position in the log at an instant.
 * @throws {ProblemError} invalid_request for the future, and for an instant before the history that retention keeps
 */
export async function pastMoment({ log, clock }: Tenant, instant: number): Promise<PastMoment> {
  if (instant > clock.now()) throw invalidParameter("at", "at is in the future. Use an earlier instant.");
  const baseline = await findBaseline(log.store);
  if (baseline && instant < baseline.received_before)
    throw invalidParameter("at", "at is before the history that retention keeps. Use a later instant.");
  const next = await firstSequenceAfter(log.store, instant);
  return { instant, sequence: next === null ? log.head() : next - 1 };
}
