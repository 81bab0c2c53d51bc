import type { Host } from "./host.ts";

/** Asks the host for the height that the panel needs, so that the sidebar scrolls and not the frame inside it. */
export function fitHeight(host: Host, element: HTMLElement): void {
  let asked = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(element.getBoundingClientRect().height);
    if (height === asked || height === 0) return;
    asked = height;
    // Not vital: a host that can't resize leaves a frame that scrolls.
    host.invoke("resize", { width: "100%", height: `${height}px` }).catch(() => {});
  }).observe(element);
}
