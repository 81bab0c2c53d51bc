import type { SectionProblem } from "@sidelight/contracts/context/sections.ts";
import { SidelightError } from "@sidelight/model/errors.ts";

/** Why a call to a platform failed. `not_found` and `rejected` are answers of the platform; the others are failures. */
export type PlatformErrorCode = SectionProblem["code"] | "not_found" | "rejected";

/** The only error that platform adapters throw. Its message contains no customer data. */
export class PlatformError extends SidelightError {
  override readonly name = "PlatformError";
  declare readonly code: PlatformErrorCode;
  readonly platform: string;
  /** HTTP status; null when there was no response. */
  readonly status: number | null;
  /** Earliest useful time for another attempt, epoch ms; null when unknown. */
  readonly retryAt: number | null;

  constructor(
    code: PlatformErrorCode,
    platform: string,
    message: string,
    details: { status?: number | null; retryAt?: number | null; cause?: unknown } = {},
  ) {
    super(message, { code, stage: "platform", cause: details.cause });
    this.platform = platform;
    this.status = details.status ?? null;
    this.retryAt = details.retryAt ?? null;
  }

  /** True when the platform could not serve the call. Readers then get the last known values. */
  get isOutage(): boolean {
    return this.code !== "not_found" && this.code !== "rejected" && this.code !== "quota_exhausted";
  }
}
