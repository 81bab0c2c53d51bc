import {
  ActionResult,
  ActionState,
  AuditList,
  CustomerPinList,
  FollowUpState,
  RevealedValues,
} from "@sidelight/contracts/actions/action.ts";
import { CardList } from "@sidelight/contracts/cards/card.ts";
import { ConfigStatus, ConfigVersionList, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import { ConflictList, ResolvedConflict } from "@sidelight/contracts/conflicts/conflict.ts";
import { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import { AlertList } from "@sidelight/contracts/connections/alert.ts";
import { CallList } from "@sidelight/contracts/connections/call.ts";
import { ConnectionList, RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import { ContextsResponse } from "@sidelight/contracts/context/batch.ts";
import { Context } from "@sidelight/contracts/context/context.ts";
import { SectionName } from "@sidelight/contracts/context/sections.ts";
import { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { CustomerList } from "@sidelight/contracts/customers/customer.ts";
import { DeliveryDetail, DeliveryList, RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import { EventList, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import { QuarantineList, ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import { Routes, RouteTest } from "@sidelight/contracts/events/route.ts";
import { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import { CheckResult } from "@sidelight/contracts/identity/check.ts";
import { IdentityDecisionList } from "@sidelight/contracts/identity/decision.ts";
import { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import { StrikeList, SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import { Identity } from "@sidelight/contracts/identity/identity.ts";
import { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
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
  calls: CallList,
  alerts: AlertList,
  quality: Quality,
  customerQuality: CustomerQuality,
  qualityReport: QualityReport,
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
