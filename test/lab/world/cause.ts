/** How the webhooks of a change fare on their way; nothing said, they are sent at once. */
export const DELIVERIES = ["duplicate", "late", "lost", "reordered"] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** What the lab itself made happen. A change without a cause was written through a platform's interface. */
export interface Cause {
  id: string;
  kind: string;
  seed: number | null;
  delivery: Delivery | null;
}
