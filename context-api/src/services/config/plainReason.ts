import { hasPersonalValue } from "@sidelight/model/masking.ts";
import { invalidParameter } from "../problemError.ts";

/** The audit keeps a reason in the clear. @throws {ProblemError} invalid_request, for one with an address or a phone number */
export function requirePlainReason(reason: string | null): void {
  if (reason !== null && hasPersonalValue(reason))
    throw invalidParameter(
      "reason",
      "The reason has an address or a phone number. The audit keeps it: leave personal values out.",
    );
}
