import { until } from "@sidelight/test-support/until.ts";
import type { Frame, Locator, Page } from "playwright-core";

/** A latch that delays answers until it is opened. */
export function createLatch() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Lets the page's clock go on in steps, between which answers arrive. */
export const advanceUntil = (page: Page, what: string, isTrue: () => Promise<boolean>, stepMs = 500): Promise<void> =>
  until(what, async () => {
    await page.clock.runFor(stepMs);
    return await isTrue();
  });

/** Also inside a component, whose root has a focus of its own. */
export const isFocused = (element: Locator): Promise<boolean> =>
  element.evaluate((node) => {
    const root = node.getRootNode() as unknown as { activeElement: unknown };
    return root.activeElement === node || node.ownerDocument.activeElement === (node as unknown);
  });

/** Sum of the layout shifts of a page since its start, as Chromium measures them. */
export const layoutShift = (frame: Frame): Promise<number> =>
  frame.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    const add = (entries) => { for (const { value, hadRecentInput } of entries) if (!hadRecentInput) sum += value; };
    const observer = new PerformanceObserver((list) => add(list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    // The page's clock, which animation frames follow too, may stand still.
    scheduler.postTask(() => { add(observer.takeRecords()); resolve(sum); }, { priority: "background" });
  })`);

export const backgroundOf = (element: Locator): Promise<string> =>
  element.evaluate((node) => {
    const { getComputedStyle } = globalThis as unknown as { getComputedStyle(e: unknown): { backgroundColor: string } };
    return getComputedStyle(node).backgroundColor;
  });

interface Measured {
  textContent: string | null;
  scrollWidth: number;
  clientWidth: number;
  scrollHeight: number;
  clientHeight: number;
}

/** The texts that do not fit their element. Runs in the page. */
export const clippedTexts = (elements: unknown[]): string[] =>
  (elements as Measured[])
    .filter(
      ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
        clientWidth > 0 && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 4),
    )
    .map(({ textContent, scrollWidth, clientWidth }) => `${textContent}: ${scrollWidth} > ${clientWidth}`);
