import { X509Certificate } from "node:crypto";
import { isPem } from "@sidelight/platform-kit/signingKeys.ts";
import { listApiKeyRows } from "../../../store/tables/apiKeys.ts";
import { iso } from "../../instant.ts";
import { type AlertFinding, type AlertRule, type AlertSource, thresholdsOf } from "./rule.ts";

const dayMs = 86_400_000;
/** A key that ended longer ago is no longer in use, or its users know. */
const endedMs = 7 * dayMs;

type EndingKind = "secret_ending" | "certificate_ending";

/** An API key of Sidelight expires soon. Its callers are refused then. */
export const secretEnding: AlertRule = {
  kind: "secret_ending",
  nextAction: "Create a key with `sidelight keys create`, replace the old one where it is used, and revoke it.",
  async find(source) {
    const { served, now } = source;
    const keys = await listApiKeyRows(served.tenant.log.store);
    return keys.flatMap(({ key_id, role, expires_at, revoked_at }): AlertFinding[] => {
      if (revoked_at !== null || expires_at === null || now - expires_at > endedMs) return [];
      const severity = severityOf(source, "secret_ending", expires_at);
      if (!severity) return [];
      const cause = `It ${expires_at > now ? "ends" : "ended"} at ${iso(expires_at)}.`;
      const message = `The API key ${key_id} with the role ${role} ${expires_at > now ? "ends soon" : "has ended"}: ${cause}`;
      return [{ severity, connection: "", subject: key_id, message, cause, since: now, count: 1 }];
    });
  },
};

/** A certificate that a platform signs with expires soon. Its panels cannot sign in then. */
export const certificateEnding: AlertRule = {
  kind: "certificate_ending",
  nextAction:
    "Create a certificate at the platform, add it beside the old one in the settings of the connection, then switch the platform to it.",
  async find(source) {
    const { served, now } = source;
    const findings = served.tenant.connections.map(async ({ id, platform, settings }): Promise<AlertFinding[]> => {
      const certificates = platform.certificates?.(settings) ?? [];
      const endTimes = (await Promise.all(certificates.map((text) => endOf(text, source)))).filter((end) => end !== null);
      // One that lasts is enough: two are configured while one is replaced.
      const lastEnd = endTimes.length < certificates.length || endTimes.length === 0 ? null : Math.max(...endTimes);
      const severity = lastEnd === null ? null : severityOf(source, "certificate_ending", lastEnd);
      if (lastEnd === null || !severity) return [];
      const cause = `It ${lastEnd > now ? "ends" : "ended"} at ${iso(lastEnd)}.`;
      const message = `The certificate with which ${platform.label} signs ${lastEnd > now ? "ends soon" : "has ended"}: ${cause}`;
      return [{ severity, connection: id, subject: "", message, cause, since: now, count: 1 }];
    });
    return (await Promise.all(findings)).flat();
  },
};

function severityOf(source: AlertSource, kind: EndingKind, end: number): "critical" | "warning" | null {
  const { warningDays = 14, criticalDays = 2 } = thresholdsOf(source, kind);
  const remainder = end - source.now;
  if (remainder <= criticalDays * dayMs) return "critical";
  return remainder <= warningDays * dayMs ? "warning" : null;
}

/** @param text a PEM, or the name of a secret with one. Null for a public key, which has no end, and for what cannot be read */
async function endOf(text: string, { secret }: AlertSource): Promise<number | null> {
  try {
    const pem = isPem(text) ? text : await secret(text);
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return null;
  }
}
