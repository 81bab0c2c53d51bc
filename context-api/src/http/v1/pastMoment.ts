import type { PastMoment } from "../../context/contexts.ts";
import type { Tenant } from "../../context/tenant.ts";
import { ProblemError } from "../problem.ts";

/** The moment of the log that an instant is. @throws {ProblemError} invalid_request for the future, and for a past that was let go of */
export async function pastMoment({ log, clock }: Tenant, at: string): Promise<PastMoment> {
  const instant = Date.parse(at);
  if (instant > clock.now()) throw wrong("at is in the future.");
  const baseline = await log.store.from("baselines").select("before").executeTakeFirst();
  if (baseline && instant < baseline.before) throw wrong("at is before what retention keeps.");
  const next = await firstAfter(log, instant);
  return { instant, sequence: next === null ? log.head() : next - 1 };
}

/** Events that arrive together may stand in another order than they came in, by no more than what one commit holds. */
const furthestApart = 10_000;

/** The sequence of the first that came later: nothing that wasn't here yet is let in. */
async function firstAfter({ store }: Tenant["log"], instant: number): Promise<number | null> {
  const later = () => store.from("events").select("sequence").where("received_at", ">", instant);
  const near = await later().orderBy("received_at").limit(1).executeTakeFirst();
  if (!near) return null;
  const first = await later()
    .where("sequence", ">", near.sequence - furthestApart)
    .where("sequence", "<=", near.sequence)
    .orderBy("sequence")
    .limit(1)
    .executeTakeFirst();
  return first?.sequence ?? near.sequence;
}

const wrong = (detail: string) => new ProblemError("invalid_request", detail, { errors: [{ pointer: "/at", detail }] });
