import {
  ActionResult,
  ActionState,
  AuditList,
  CustomerPinList,
  FollowUpState,
  RevealedValues,
} from "@sidelight/contracts/actions/action.ts";
import { CardList } from "@sidelight/contracts/cards/card.ts";
import { Canary, CanaryList, StartedCanary } from "@sidelight/contracts/config/canary.ts";
import { ConfigChange } from "@sidelight/contracts/config/change.ts";
import { ConfigStatus, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import { ConflictList, ResolvedConflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import { Alert, AlertList, ChannelTest } from "@sidelight/contracts/connections/alert.ts";
import { CallList } from "@sidelight/contracts/connections/call.ts";
import { ActedConnection, ConnectionList, RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import { ContextsResponse } from "@sidelight/contracts/context/batch.ts";
import { Context } from "@sidelight/contracts/context/context.ts";
import { SectionName } from "@sidelight/contracts/context/sections.ts";
import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { CostReport, Costs } from "@sidelight/contracts/costs/costs.ts";
import { CustomerList } from "@sidelight/contracts/customers/customer.ts";
import { DeliveryDetail, DeliveryList, RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { EventList, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import { QuarantineList, ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import { Replay, ReplayList, ReplayPreview } from "@sidelight/contracts/events/replay.ts";
import { Routes, RouteTest } from "@sidelight/contracts/events/route.ts";
import { Freshness } from "@sidelight/contracts/freshness/freshness.ts";
import { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import { CheckResult } from "@sidelight/contracts/identity/check.ts";
import { IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import { StrikeList, SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import { Identity } from "@sidelight/contracts/identity/identity.ts";
import { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { Overview } from "@sidelight/contracts/overview/overview.ts";
import { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
import { SearchResult } from "@sidelight/contracts/search/search.ts";
import { Layout } from "@sidelight/contracts/sessions/layout.ts";
import { PanelSession } from "@sidelight/contracts/sessions/session.ts";
import { z } from "zod";
import type { AnswerCheck, AnswerName } from "./answers.ts";

const schemas: Record<AnswerName, z.ZodType> = {
  context: Context,
  contexts: ContextsResponse,
  timeline: TimelinePage,
  cards: CardList,
  layout: Layout,
  session: PanelSession,
  events: EventList,
  event: EventWithTrace,
  quarantine: QuarantineList,
  released: ReleasedMessage,
  deliveries: DeliveryList,
  delivery: DeliveryDetail,
  retried: RetriedDeliveries,
  canary: Canary,
  startedCanary: StartedCanary,
  canaries: CanaryList,
  configChange: ConfigChange,
  replay: Replay,
  replayPreview: ReplayPreview,
  replays: ReplayList,
  conflicts: ConflictList,
  resolvedConflict: ResolvedConflict,
  fields: Fields,
  routes: Routes,
  routeTest: RouteTest,
  config: ConfigStatus,
  configVersions: ConfigVersionList,
  configVersion: ConfigVersionText,
  connections: ConnectionList,
  retriedConnection: RetriedConnection,
  actedConnection: ActedConnection,
  overview: Overview,
  search: SearchResult,
  calls: CallList,
  alerts: AlertList,
  alert: Alert,
  channelTest: ChannelTest,
  quality: Quality,
  customerQuality: CustomerQuality,
  qualityReport: QualityReport,
  freshness: Freshness,
  costs: Costs,
  costReport: CostReport,
  identity: Identity,
  identityChange: IdentityChange,
  identityCheck: CheckResult,
  identityDecisions: IdentityDecisionList,
  identityModel: IdentityModel,
  identityReport: DuplicateReport,
  suggestions: SuggestionList,
  strikes: StrikeList,
  action: ActionResult,
  actionState: ActionState,
  audit: AuditList,
  customers: CustomerList,
  followUp: FollowUpState,
  pins: CustomerPinList,
  revealed: RevealedValues,
  section: z.object({ name: SectionName, section: z.looseObject({ state: z.string() }) }),
  customer: Context.pick({ ref: true, kind: true, match: true, customer: true }),
  settled: Context.omit({ sections: true }),
};

/** Checks an answer against its schema. Members that the schema does not know are dropped. */
export const checkBySchema: AnswerCheck = (name, value) => {
  const answer = schemas[name].safeParse(value);
  return answer.success ? (answer.data as never) : null;
};
