import type { PastMoment } from "../../context/contexts.ts";
import type { Tenant } from "../../context/tenant.ts";
import { ProblemError } from "../problem.ts";

/** The moment of the log that an instant is. @throws {ProblemError} invalid_request for the future, and for a past that was let go of */
export async function pastMoment({ log, clock }: Tenant, at: string): Promise<PastMoment> {
  const instant = Date.parse(at);
  if (instant > clock.now()) throw wrong("at is in the future.");
  const baseline = await log.store.from("baselines").select("before").executeTakeFirst();
  if (baseline && instant < baseline.before) throw wrong("at is before what retention keeps.");
  // Up to the first that came later: nothing that wasn't here yet is let in.
  const { next, last } = await log.store
    .from("events")
    .select((e) => [e.fn.min("sequence").filterWhere("received_at", ">", instant).as("next"), e.fn.max("sequence").as("last")])
    .executeTakeFirstOrThrow();
  return { instant, sequence: next === null ? Number(last ?? 0) : Number(next) - 1 };
}

const wrong = (detail: string) => new ProblemError("invalid_request", detail, { errors: [{ pointer: "/at", detail }] });
