import type { Context } from "@sidelight/contracts/context/context.ts";
import { systemClock } from "@sidelight/panel/clock.ts";
import type { PanelOptions, PanelView } from "@sidelight/panel/index.ts";
import { createMarks } from "@sidelight/panel/marks.ts";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

/** The view with marks at what has just changed. @param onNews receives the sentence that announces it */
export function useMarks(
  view: PanelView,
  context: Context | null,
  options: PanelOptions,
  onNews: (news: string) => void,
): PanelView {
  const [, redraw] = useState(0);
  const [marks] = useState(() => createMarks(systemClock, () => redraw((n) => n + 1)));
  const lastContext = useRef<Context | null>(null);
  // Before the browser paints, so that no new value is visible without its mark.
  useLayoutEffect(() => {
    if (lastContext.current === context) return;
    lastContext.current = context;
    marks.show(context, options);
    redraw((n) => n + 1);
  });
  useEffect(() => marks.stop, [marks]);
  const news = marks.announcement();
  useEffect(() => onNews(news), [news, onNews]);
  return marks.mark(view);
}
