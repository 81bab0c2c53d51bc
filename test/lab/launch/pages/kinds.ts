import type { Delivery } from "../../world/cause.ts";
import type { Kind } from "../../world/mutations/index.ts";

/** What the home page offers to make happen, in words of somebody who doesn't know the lab, by where it begins. */
export const offered = [
  {
    platform: "In Zendesk",
    kinds: [
      { kind: "ticket_created", label: "A ticket comes in" },
      { kind: "angry_ticket", label: "An angry ticket comes in" },
      { kind: "ticket_solved", label: "A ticket is solved" },
    ],
  },
  {
    platform: "In Salesforce",
    kinds: [
      { kind: "deal_won", label: "A deal is won" },
      { kind: "owner_changed", label: "An account changes hands" },
      { kind: "lead_created", label: "A new lead turns up" },
    ],
  },
  {
    platform: "In the product",
    kinds: [
      { kind: "onboarding_completed", label: "A user finishes onboarding" },
      { kind: "usage_stopped", label: "A company stops using it" },
      { kind: "opted_out", label: "Somebody opts out" },
    ],
  },
] as const satisfies readonly { platform: string; kinds: readonly { kind: Kind; label: string }[] }[];

export type OfferedKind = (typeof offered)[number]["kinds"][number]["kind"];
export const offeredKinds = offered.flatMap(({ kinds }) => kinds.map(({ kind }) => kind)) as [OfferedKind, ...OfferedKind[]];

export const fares: readonly { delivery: Delivery | null; label: string }[] = [
  { delivery: null, label: "at once" },
  { delivery: "duplicate", label: "twice" },
  { delivery: "late", label: "late, by 30 to 90 s" },
  { delivery: "lost", label: "never" },
  { delivery: "reordered", label: "in another order" },
];
