import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";

/** What a frame has shown, in milliseconds since its navigation started. */
export interface FrameTimes {
  /** When the panel's component was in the page. Null before. */
  startedAt: number | null;
  /** First contentful paint, or null. */
  paintedAt: number | null;
  /** Each customer that was on screen with a name and one real value: the frame after it was in the document. */
  shown: { name: string; at: number }[];
  /** When no section of the last customer was late anymore. Null while one is. */
  settledAt: number | null;
  /** Durations of the person's clicks until the next paint. */
  interactions: number[];
  /** Sum of unexpected layout shifts. */
  layoutShift: number;
}

/** Runs in every frame before its own scripts, and keeps a {@link FrameTimes} there. */
export const observer = fileURLToPath(new URL("./observer.js", import.meta.url));

/** The frame's clock, milliseconds since its navigation started. */
export const frameNow = (frame: Frame): Promise<number> => frame.evaluate("performance.now()");

/** Waits until the frame has shown `count` customers and the last has settled. */
export async function waitUntilSettled(frame: Frame, count: number, timeoutMs: number): Promise<FrameTimes> {
  const hasSettled = `window.panelTimes?.shown.length >= ${count} && window.panelTimes.settledAt !== null`;
  await frame.waitForFunction(hasSettled, null, { timeout: timeoutMs, polling: 50 });
  return await frame.evaluate("window.panelTimes");
}

/** A slow computer on a slow network. */
export interface Conditions {
  cpuRate: number;
  latencyMs: number;
  /** Bits a second. */
  downBits: number;
  upBits: number;
}

export async function throttle(page: Page, { cpuRate, latencyMs, downBits, upBits }: Conditions): Promise<void> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: latencyMs,
    downloadThroughput: downBits / 8,
    uploadThroughput: upBits / 8,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: cpuRate });
}
