import type { Context } from "@sidelight/contracts/context/context.ts";
import type { TimelineItem } from "@sidelight/contracts/context/sections.ts";
import type { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { createScope } from "../scope.ts";
import { timelineItem } from "../sections/timeline.ts";
import type { ItemView, PanelOptions } from "../view.ts";

/** How a host reads older events. */
export interface TimelineTransport {
  /**
   * One page of what happened to a customer, newest first; null when it cannot be read.
   * @param cursor null for the first
   * @param source only events of this platform; null for all
   */
  getPage(ref: string, cursor: string | null, source: string | null): Promise<TimelinePage | null>;
}

export interface OlderEventsState {
  /** The customer that they belong to; null before the first page. */
  ref: string | null;
  items: readonly TimelineItem[];
  cursor: string | null;
  phase: "idle" | "loading" | "failed" | "end";
}

/**
 * The events before those of the timeline section, page by page, of one customer at a time. Each source is a list of its own, because
 * a page of all sources may have none of the one that is shown.
 */
export interface OlderEvents {
  /** @param source a platform; null for all */
  state(source: string | null): OlderEventsState;
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
  /** Reads the next page. For another customer it starts again, and a late page of the former one is dropped. */
  load(ref: string, source: string | null): Promise<void>;
}

const blank: OlderEventsState = { ref: null, items: [], cursor: null, phase: "idle" };

export function createOlderEvents(loadTransport: () => Promise<TimelineTransport>): OlderEvents {
  const listeners = new Set<() => void>();
  const lists = new Map<string | null, OlderEventsState>();
  const stateOf = (source: string | null): OlderEventsState => lists.get(source) ?? blank;

  function set(source: string | null, change: Partial<OlderEventsState>): void {
    lists.set(source, { ...stateOf(source), ...change });
    for (const listener of listeners) listener();
  }

  const readPage = async (ref: string, cursor: string | null, source: string | null): Promise<TimelinePage | null> => {
    try {
      return await (await loadTransport()).getPage(ref, cursor, source);
    } catch {
      return null;
    }
  };

  return {
    state: stateOf,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async load(ref, source) {
      if ([...lists.values()].some((list) => list.ref !== ref)) lists.clear();
      const { phase, cursor } = stateOf(source);
      if (phase === "loading" || phase === "end") return;
      set(source, { ref, phase: "loading" });
      const page = await readPage(ref, cursor, source);
      if (stateOf(source).ref !== ref) return;
      if (!page) return set(source, { phase: "failed" });
      set(source, {
        items: [...stateOf(source).items, ...page.items],
        cursor: page.nextCursor,
        phase: page.nextCursor === null ? "end" : "idle",
      });
    },
  };
}

export interface OlderEventsView {
  items: ItemView[];
  /** A status for a live region, or "". */
  status: string;
  /** The button that loads more; null when there is no more. */
  button: { label: string; disabled: boolean } | null;
}

/** The older events that the section does not show already. Pure, as `toPanel`. */
export function toOlderEvents(context: Context, options: PanelOptions, state: OlderEventsState): OlderEventsView {
  const scope = createScope(context, options);
  const { t } = scope;
  const shownIds = new Set(context.sections.timeline?.data?.items.map(({ id }) => id));
  const items = state.items.filter(({ id }) => !shownIds.has(id));
  const { phase } = state;
  const status = phase === "loading" ? t("timeline.loading") : phase === "failed" ? t("timeline.failed") : "";
  return {
    items: items.map((entry) => timelineItem(scope, entry)),
    status: phase === "end" ? t("timeline.end") : status,
    button: phase === "end" ? null : { label: t("timeline.older"), disabled: phase === "loading" || options.offline === true },
  };
}
