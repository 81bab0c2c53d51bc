import { monthOf } from "@sidelight/model/month.ts";
import type { Tenant } from "../../context/tenant.ts";
import { ProblemError } from "../problemError.ts";

/**
 * An instant in a month that is named `2026-11`, epoch ms. The middle of it, so that it is the same month in every time zone.
 * @throws {ProblemError} invalid_request, for a month that has not begun
 */
export function instantIn(month: string, { config, clock }: Pick<Tenant, "config" | "clock">): number {
  const atInstant = Date.parse(`${month}-15T12:00:00Z`);
  if (monthOf(atInstant, config.timeZone).startsAt > clock.now())
    throw new ProblemError("invalid_request", `The month ${month} has not begun. Name this month or an earlier one.`);
  return atInstant;
}
