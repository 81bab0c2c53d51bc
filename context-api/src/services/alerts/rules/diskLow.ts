import { type AlertRule, thresholdsOf } from "./rule.ts";

const megabyte = 1024 * 1024;
/** Below this part of a threshold, writes may fail within hours. */
const criticalShare = 0.3;

/** The file system of the data folder is nearly full. Without space, webhooks are refused. */
export const diskLow: AlertRule = {
  kind: "disk_low",
  comesAndGoes: true,
  nextAction: "Free space on the file system of the data folder, or enlarge it. Webhooks are refused when it is full.",
  async find(source) {
    const { freePercent = 10, freeMegabytes = 2_048 } = thresholdsOf(source, "disk_low");
    const disk = await source.host.disk();
    if (!disk || disk.total === 0) return [];
    // Of a large disk, a tenth is plenty.
    const threshold = Math.min((disk.total * freePercent) / 100, freeMegabytes * megabyte);
    if (disk.free >= threshold) return [];
    const severity = disk.free < threshold * criticalShare ? "critical" : "warning";
    const cause = `${sizeText(disk.free)} of ${sizeText(disk.total)} are free.`;
    const message = `The file system of the data folder is nearly full: ${cause}`;
    return [{ severity, connection: "", subject: "", message, cause, since: source.now, count: 1 }];
  },
};

/** In steps, so that an alert does not change with each write. */
function sizeText(bytes: number): string {
  const megabytes = bytes / megabyte;
  if (megabytes >= 10_240) return `${Math.round(megabytes / 1_024)} GB`;
  if (megabytes >= 1_024) return `${(megabytes / 1_024).toFixed(1)} GB`;
  return `${Math.floor(megabytes / 50) * 50} MB`;
}
