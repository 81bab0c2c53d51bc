import type { LayoutThresholds } from "./layout.ts";

/** Of a layout that sets none, and of a panel until its layout has arrived. */
export const defaultThresholds: LayoutThresholds = { renewalSoonDays: 60, lowSatisfaction: 0.7, oldTicketHours: 72 };
