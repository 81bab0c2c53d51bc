/** One panel was shown an answer that depends on these keys. */
export interface PanelView {
  panel: string;
  /** Epoch ms. */
  at: number;
  /** The last sequence that the answer can contain. */
  head: number;
  dependencies: ReadonlySet<string>;
}

export interface PanelViews {
  add(view: PanelView): void;
  /** The first view of each panel that contains the event at `sequence` and depends on one of `dependencies`. */
  firstAfter(sequence: number, dependencies: Iterable<string>): Pick<PanelView, "panel" | "at">[];
}

/** Keeps the last answers shown to panels, in the memory of this process. */
export function createPanelViews(maxViews = 5_000): PanelViews {
  const views: PanelView[] = [];
  return {
    add(view) {
      views.push(view);
      if (views.length > maxViews * 1.1) views.splice(0, views.length - maxViews);
    },
    firstAfter(sequence, dependencies) {
      const keys = [...dependencies];
      const firstByPanel = new Map<string, Pick<PanelView, "panel" | "at">>();
      for (const { panel, at, head, dependencies: viewDependencies } of views) {
        if (firstByPanel.has(panel) || head < sequence || !keys.some((key) => viewDependencies.has(key))) continue;
        firstByPanel.set(panel, { panel, at });
      }
      return [...firstByPanel.values()];
    },
  };
}
