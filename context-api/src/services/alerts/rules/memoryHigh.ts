import { type AlertRule, thresholdsOf } from "./rule.ts";

const megabyte = 1024 * 1024;
const stepPercent = 5;

/** This process may end for lack of memory. */
export const memoryHigh: AlertRule = {
  kind: "memory_high",
  comesAndGoes: true,
  nextAction: "Give the process more memory, or find what uses it: GET /metrics shows the heap. It ends when none is left.",
  find(source) {
    const { usedPercent = 90 } = thresholdsOf(source, "memory_high");
    const { used, limit, kind } = source.host.memory();
    const percent = (used / limit) * 100;
    if (percent < usedPercent) return Promise.resolve([]);
    const name = kind === "heap" ? "heap" : "memory";
    const shownPercent = Math.floor(percent / stepPercent) * stepPercent;
    const cause = `It uses ${shownPercent} % of its ${name} of ${Math.round(limit / megabyte)} MB.`;
    const message = `A process of Sidelight has little memory left: ${cause}`;
    return Promise.resolve([{ severity: "warning", connection: "", subject: "", message, cause, since: source.now, count: 1 }]);
  },
};
