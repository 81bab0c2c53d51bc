import type { VerificationFailure } from "@sidelight/platform-kit/webhook.ts";
import type { Logger } from "../telemetry/logger.ts";

/** A sender repeats a refused request many times. Each cause is logged once in this time, ms. */
const logIntervalMs = 60_000;

export type RefusalCause = VerificationFailure | "token_unknown";

/** What the operator can do. */
const nextSteps: Record<RefusalCause, string> = {
  token_unknown: "compare the end of the URL at the platform with sidelight webhooks list",
  sender_address_not_allowed: "check allowFrom of the webhook and http.trustedProxies",
  secret_unavailable: "store the secret that the webhook names; sidelight doctor lists missing secrets",
  signature_missing: "check that the platform signs the webhook, and that proxies keep its headers",
  signature_mismatch: "compare the signing secret with the platform's, and check that proxies do not change the body",
  timestamp_invalid: "check that proxies keep the headers of the webhook",
  timestamp_outside_tolerance: "check the clock of this machine",
  credentials_missing: "set user name and password of the webhook at the platform",
  credentials_mismatch: "compare user name and password with those at the platform",
  client_certificate_mismatch: "check the fingerprint in clientCertificate and the header that the proxy sets",
  organization_mismatch: "check organizationId of the webhook: the message is from another organization",
  body_unreadable: "check that the platform sends the format of this webhook",
};

/** One webhook of one connection; null for a request whose token names none. */
export interface RefusedAt {
  connection: string;
  webhook: string;
}

/** Logs why webhooks were refused: the part that failed, and never a value of the request. */
export interface Refusals {
  report(endpoint: RefusedAt | null, cause: RefusalCause): void;
}

export interface RefusalsDeps {
  tenant: string;
  /** The monotonic clock. */
  now(): number;
  logger: Logger;
  /** Called for each refused request. @param connection empty for a request whose token names none */
  onRefused(connection: string, cause: RefusalCause): void;
}

export function createRefusals({ tenant, now, logger, onRefused }: RefusalsDeps): Refusals {
  const reports = new Map<string, { loggedAt: number; suppressed: number }>();
  return {
    report(endpoint, cause) {
      onRefused(endpoint?.connection ?? "", cause);
      const key = `${endpoint?.connection}\n${endpoint?.webhook}\n${cause}`;
      const previous = reports.get(key);
      if (previous && now() - previous.loggedAt < logIntervalMs) {
        previous.suppressed += 1;
        return;
      }
      reports.set(key, { loggedAt: now(), suppressed: 0 });
      const similar = previous && previous.suppressed > 0 ? { similar: previous.suppressed } : {};
      logger.warn(
        { tenant, ...endpoint, cause, ...similar, next: nextSteps[cause] },
        `webhook refused: ${cause.replaceAll("_", " ")}`,
      );
    },
  };
}
