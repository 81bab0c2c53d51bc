import type { Context } from "@sidelight/contracts/context/context.ts";
import { details } from "./details.ts";
import { panelView } from "./panelView.ts";
import type { PanelOptions, PanelView } from "./view.ts";

/** Everything a panel shows: {@link panelView} with its details. */
export const toPanel = (answer: Context | null, options: PanelOptions): PanelView => panelView(answer, options, details);
