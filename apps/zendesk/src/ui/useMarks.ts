import type { Context } from "@sidelight/contracts/context/context.ts";
import type { PanelOptions, PanelView } from "@sidelight/panel/index.ts";
import { createMarks } from "@sidelight/panel/marks.ts";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { browserClock } from "../clock.ts";

/** The view with what has just changed marked. @param onNews told what to say of it */
export function useMarks(
  view: PanelView,
  context: Context | null,
  options: PanelOptions,
  onNews: (news: string) => void,
): PanelView {
  const [, redraw] = useState(0);
  const [marks] = useState(() => createMarks(browserClock, () => redraw((n) => n + 1)));
  const seen = useRef<Context | null>(null);
  // Before the browser paints, so that a new value is never seen without its mark.
  useLayoutEffect(() => {
    if (seen.current === context) return;
    seen.current = context;
    marks.see(context, options);
    redraw((n) => n + 1);
  });
  useEffect(() => marks.stop, [marks]);
  const news = marks.news();
  useEffect(() => onNews(news), [news, onNews]);
  return marks.on(view);
}
