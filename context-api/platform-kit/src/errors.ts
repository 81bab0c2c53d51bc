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
  /** True when no request was sent, because earlier ones failed. */
  readonly isNotSent: boolean;
  /** What an operator can do, when the cause is that precise; null for the advice of its code. */
  readonly nextAction: string | null;
  readonly #isPlatformFault: boolean;

  constructor(
    code: PlatformErrorCode,
    platform: string,
    message: string,
    details: {
      status?: number | null;
      retryAt?: number | null;
      cause?: unknown;
      /**
       * False when the failure is no evidence that the platform is out: it answered, and one record could not be used; we stopped
       * waiting; an error of ours.
       */
      isPlatformFault?: boolean;
      /** True when no request was sent, because earlier ones failed. */
      isNotSent?: boolean;
      nextAction?: string | null;
    } = {},
  ) {
    super(message, { code, stage: "platform", cause: details.cause });
    this.platform = platform;
    this.status = details.status ?? null;
    this.retryAt = details.retryAt ?? null;
    this.isNotSent = details.isNotSent ?? false;
    this.nextAction = details.nextAction ?? null;
    this.#isPlatformFault = details.isPlatformFault ?? true;
  }

  /** True for a failure that counts against a circuit breaker: no connection, no answer in time, or an error of the platform. */
  get isPlatformFault(): boolean {
    return this.#isPlatformFault && (this.code === "unavailable" || this.code === "timeout");
  }

  /** True when the platform could not serve the call. Readers then get the last known values. */
  get isOutage(): boolean {
    return !this.isRefusal && this.code !== "quota_exhausted";
  }

  /** True when the platform answered and the same call would be refused again: an object, a feature or a permission is missing. */
  get isRefusal(): boolean {
    return this.code === "not_found" || this.code === "rejected";
  }
}
