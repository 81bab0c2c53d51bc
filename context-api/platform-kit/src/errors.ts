import type { SectionProblem } from "@sidelight/contracts/context/sections.ts";

/** Why a call to a platform brought nothing. `not_found` and `rejected` are answers; the rest is trouble. */
export type PlatformErrorCode = SectionProblem["code"] | "not_found" | "rejected";

export class PlatformError extends Error {
  override readonly name = "PlatformError";
  readonly code: PlatformErrorCode;
  readonly platform: string;
  /** HTTP status, where there was an answer. */
  readonly status: number | null;
  /** Epoch ms before which another attempt makes no sense. */
  readonly retryAt: number | null;

  constructor(
    code: PlatformErrorCode,
    platform: string,
    message: string,
    details: { status?: number | null; retryAt?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.code = code;
    this.platform = platform;
    this.status = details.status ?? null;
    this.retryAt = details.retryAt ?? null;
  }

  /** True when the platform itself could not serve: what its last good values are shown for. */
  get isOutage(): boolean {
    return this.code !== "not_found" && this.code !== "rejected" && this.code !== "quota_exhausted";
  }
}
