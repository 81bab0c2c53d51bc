import type { AlertsConfig } from "../../../config/alerts.ts";
import type { Notice } from "../notice.ts";

/** What came of an attempt. */
export type SendOutcome =
  | { isSent: true /** What the service answered. */; answer: string }
  | {
      isSent: false;
      /** A sentence of ours: no secret and no text of the service that we do not know. */
      problem: string;
      /** Earliest useful time for another attempt, epoch ms; null when unknown. */
      retryAt: number | null;
    };

/** What a channel uses besides its configuration. */
export interface ChannelTools {
  /** @throws {SecretError} */
  secret(name: string): Promise<string>;
  /** Epoch ms. */
  now(): number;
}

/** Sends a notice. It never throws. */
export type SendNotice = (config: AlertsConfig, notice: Notice) => Promise<SendOutcome>;

export const failure = (problem: string, retryAt: number | null = null): SendOutcome => ({ isSent: false, problem, retryAt });
