import { type AlertFinding, type AlertRule, thresholdsOf } from "./rule.ts";

/** Platforms sign webhooks with their time, and accept no other difference either. */
const maxMinutes = 5;

/** This machine's clock is not the one of a platform. */
export const clockDiffers: AlertRule = {
  kind: "clock_differs",
  nextAction: "Set the clock of this machine, best by NTP. Until then signed webhooks and sign-ins may be refused.",
  find(source) {
    const { served, now } = source;
    const { minutes: threshold = maxMinutes } = thresholdsOf(source, "clock_differs");
    return Promise.resolve(
      served.tenant.connections.flatMap(({ id, clockLeadMs }): AlertFinding[] => {
        const leadMs = clockLeadMs();
        if (Math.abs(leadMs) < threshold * 60_000) return [];
        const cause = `This machine's clock is ${minutes(leadMs)} ${leadMs > 0 ? "ahead of" : "behind"} the platform's.`;
        return [{ severity: "critical", connection: id, subject: "", message: cause, cause, since: now, count: 1 }];
      }),
    );
  },
};

const minutes = (ms: number): string => {
  const count = Math.round(Math.abs(ms) / 60_000);
  return count < 120 ? `${count} minutes` : `${Math.round(count / 60)} hours`;
};
