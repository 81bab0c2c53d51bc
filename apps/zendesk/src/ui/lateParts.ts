/**
 * The parts of the panel that open later, with Garden's components where there are controls: not in the first load, and fetched
 * while the panel is idle so that they open at once.
 */
export const lateParts = {
  insertPreview: () => import("./InsertPreview.tsx"),
  identity: () => import("./Identity.tsx"),
  actions: () => import("../actions/parts.ts"),
  sectionContent: () => import("./SectionContent.tsx"),
  candidates: () => import("./Candidates.tsx"),
} as const;

/** Runs something when the browser has nothing else to do. Safari has no idle callback. */
export const whenIdle = (run: () => void): void =>
  void (globalThis.requestIdleCallback ?? ((later) => setTimeout(later, 1_000)))(run);

/** A failure shows when a part opens. */
export function preloadLateParts(): void {
  for (const load of Object.values(lateParts)) load().catch(() => {});
}
