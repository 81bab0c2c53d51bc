import { createAnnouncer } from "@sidelight/panel/announcer.ts";
import type { PanelView } from "@sidelight/panel/index.ts";
import type { PanelSessionState } from "@sidelight/panel/session/state.ts";
import { useState } from "react";

interface Props {
  view: PanelView;
  state: PanelSessionState;
  news: string;
  /** False while the texts of the language load: nothing is announced in English first. */
  hasTexts: boolean;
}

/** The panel's live region. */
export function Announcer({ view, state, news, hasTexts }: Props) {
  const [announcer] = useState(createAnnouncer);
  const { context, phase } = state;
  const subject = `${state.subject?.key} ${context?.customer?.id}`;
  return (
    <div className="visually-hidden" role="status">
      {announcer.next({ view, isSettled: hasTexts && phase === "settled", subject, news })}
    </div>
  );
}
