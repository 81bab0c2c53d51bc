import type {
  ActionResult,
  ActionState,
  AuditList,
  CustomerPinList,
  FollowUpState,
  RevealedValues,
} from "@sidelight/contracts/actions/action.ts";
import type { CardList } from "@sidelight/contracts/cards/card.ts";
import type { Canary, CanaryList, StartedCanary } from "@sidelight/contracts/config/canary.ts";
import type { ConfigChange } from "@sidelight/contracts/config/change.ts";
import type { ConfigStatus, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import type { ConflictList, ResolvedConflict } from "@sidelight/contracts/conflicts/conflict.ts";
import type { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import type { Alert, AlertList, ChannelTest } from "@sidelight/contracts/connections/alert.ts";
import type { CallList } from "@sidelight/contracts/connections/call.ts";
import type { ActedConnection, ConnectionList, RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import type { ContextsResponse } from "@sidelight/contracts/context/batch.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Section, SectionName } from "@sidelight/contracts/context/sections.ts";
import type { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import type { CostReport, Costs } from "@sidelight/contracts/costs/costs.ts";
import type { CustomerList } from "@sidelight/contracts/customers/customer.ts";
import type { DeliveryDetail, DeliveryList, RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import type { EventList, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import type { QuarantineList, ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import type { Replay, ReplayList, ReplayPreview } from "@sidelight/contracts/events/replay.ts";
import type { Routes, RouteTest } from "@sidelight/contracts/events/route.ts";
import type { Freshness } from "@sidelight/contracts/freshness/freshness.ts";
import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { CheckResult } from "@sidelight/contracts/identity/check.ts";
import type { IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import type { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import type { StrikeList, SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import type { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
import type { SearchResult } from "@sidelight/contracts/search/search.ts";
import type { Layout } from "@sidelight/contracts/sessions/layout.ts";
import type { PanelSession } from "@sidelight/contracts/sessions/session.ts";
import type { z } from "zod";

/** The match and the customer, as a stream sends them first. */
export type CustomerEvent = Pick<Context, "ref" | "kind" | "match" | "customer">;

/** Every kind of answer, by the name under which its check is found. */
export interface Answers {
  context: Context;
  contexts: ContextsResponse;
  timeline: TimelinePage;
  cards: CardList;
  layout: Layout;
  session: PanelSession;
  events: z.infer<typeof EventList>;
  event: EventWithTrace;
  quarantine: z.infer<typeof QuarantineList>;
  released: ReleasedMessage;
  deliveries: z.infer<typeof DeliveryList>;
  delivery: DeliveryDetail;
  retried: RetriedDeliveries;
  canary: Canary;
  startedCanary: StartedCanary;
  canaries: z.infer<typeof CanaryList>;
  configChange: ConfigChange;
  replay: Replay;
  replayPreview: ReplayPreview;
  replays: z.infer<typeof ReplayList>;
  conflicts: ConflictList;
  resolvedConflict: ResolvedConflict;
  fields: Fields;
  routes: Routes;
  routeTest: RouteTest;
  config: ConfigStatus;
  configVersions: z.infer<typeof ConfigVersionList>;
  configVersion: ConfigVersionText;
  connections: z.infer<typeof ConnectionList>;
  retriedConnection: RetriedConnection;
  actedConnection: ActedConnection;
  overview: Overview;
  search: SearchResult;
  calls: z.infer<typeof CallList>;
  alerts: z.infer<typeof AlertList>;
  alert: Alert;
  channelTest: ChannelTest;
  quality: Quality;
  customerQuality: CustomerQuality;
  qualityReport: QualityReport;
  freshness: Freshness;
  costs: Costs;
  costReport: CostReport;
  identity: Identity;
  identityChange: IdentityChange;
  identityCheck: CheckResult;
  identityDecisions: IdentityDecisionList;
  identityModel: IdentityModel;
  identityReport: DuplicateReport;
  suggestions: SuggestionList;
  strikes: StrikeList;
  action: ActionResult;
  actionState: ActionState;
  audit: AuditList;
  customers: CustomerList;
  followUp: FollowUpState;
  pins: CustomerPinList;
  revealed: RevealedValues;
  customer: CustomerEvent;
  section: { name: SectionName; section: Section };
  settled: Omit<Context, "sections">;
}
export type AnswerName = keyof Answers;

/** Returns the value as an answer of this kind, or null when it is none. */
export type AnswerCheck = <N extends AnswerName>(name: N, value: unknown) => Answers[N] | null;

/** Accepts every object: for an API of one's own, where the schemas would weigh too much. */
export const trustAnswers: AnswerCheck = (_, value) => (typeof value === "object" ? (value as never) : null);
