/** How the webhooks of a change are delivered. Absent: at once. */
export const DELIVERIES = ["duplicate", "late", "lost", "reordered"] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** The scenario that caused a change. A change without a cause was written through a platform's API. */
export interface Cause {
  id: string;
  kind: string;
  seed: number | null;
  delivery: Delivery | null;
}
