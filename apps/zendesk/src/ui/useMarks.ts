import type { Context } from "@sidelight/contracts/context/context.ts";
import { systemClock } from "@sidelight/panel/clock.ts";
import type { PanelOptions, PanelView } from "@sidelight/panel/index.ts";
import type { Marks } from "@sidelight/panel/marks.ts";
import { useEffect, useLayoutEffect, useRef, useState } from "react";

/** In a file of its own: nothing has changed yet on the first screen. */
const loadMarks = () => import("@sidelight/panel/marks.ts");

/** The view with marks at what has just changed. @param onNews receives the sentence that announces it */
export function useMarks(
  view: PanelView,
  context: Context | null,
  options: PanelOptions,
  onNews: (news: string) => void,
): PanelView {
  const [, redraw] = useState(0);
  const [marks, setMarks] = useState<Marks | null>(null);
  const lastContext = useRef<Context | null>(null);
  useEffect(() => {
    let isCurrent = true;
    let stop = (): void => {};
    void loadMarks().then(
      ({ createMarks }) => {
        if (!isCurrent) return;
        const loaded = createMarks(systemClock, () => redraw((n) => n + 1));
        stop = loaded.stop;
        setMarks(loaded);
      },
      // The panel works without marks.
      () => {},
    );
    return () => {
      isCurrent = false;
      stop();
    };
  }, []);
  // Before the browser paints, so that no new value is visible without its mark.
  useLayoutEffect(() => {
    if (!marks || lastContext.current === context) return;
    lastContext.current = context;
    marks.show(context, options);
    redraw((n) => n + 1);
  });
  const news = marks?.announcement() ?? "";
  useEffect(() => onNews(news), [news, onNews]);
  return marks?.mark(view) ?? view;
}
