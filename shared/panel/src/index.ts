export { directionOf } from "./direction.ts";
export { insertedLines, type Summary, type SummaryLabels, summaryLabels, toSummary } from "./summary.ts";
export { toPanel } from "./toPanel.ts";
export { english, type Messages } from "./translate.ts";
export type * from "./view.ts";
