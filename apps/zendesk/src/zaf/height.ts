import type { Host } from "./host.ts";

/** Requests the height of the panel from the host, so that the sidebar scrolls and not the frame in it. */
export function fitHeight(host: Host, element: HTMLElement): void {
  let lastHeight = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(element.getBoundingClientRect().height);
    if (height === lastHeight || height === 0) return;
    lastHeight = height;
    // A host that cannot resize leaves a frame that scrolls, which is good enough.
    host.invoke("resize", { width: "100%", height: `${height}px` }).catch(() => {});
  }).observe(element);
}
