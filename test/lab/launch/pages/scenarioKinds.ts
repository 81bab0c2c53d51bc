import type { Delivery } from "../../world/cause.ts";
import type { ScenarioKind } from "../../world/mutations/index.ts";

/** The scenarios on the home page by where they begin, in the words of a person who does not know the lab. */
export const scenarioGroups = [
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
      { kind: "owner_changed", label: "An account gets a new owner" },
      { kind: "lead_created", label: "A new lead is created" },
    ],
  },
  {
    platform: "In the product",
    kinds: [
      { kind: "onboarding_completed", label: "A user finishes onboarding" },
      { kind: "usage_stopped", label: "A company stops using it" },
      { kind: "opted_out", label: "A person opts out of analytics" },
    ],
  },
] as const satisfies readonly { platform: string; kinds: readonly { kind: ScenarioKind; label: string }[] }[];

export type OfferedKind = (typeof scenarioGroups)[number]["kinds"][number]["kind"];
export const scenarioKinds = scenarioGroups.flatMap(({ kinds }) => kinds.map(({ kind }) => kind)) as [
  OfferedKind,
  ...OfferedKind[],
];

/** How the webhooks of a scenario arrive. */
export const deliveryOptions: readonly { delivery: Delivery | null; label: string }[] = [
  { delivery: null, label: "at once" },
  { delivery: "duplicate", label: "twice" },
  { delivery: "late", label: "late, by 30 to 90 s" },
  { delivery: "lost", label: "never" },
  { delivery: "reordered", label: "in another order" },
];
