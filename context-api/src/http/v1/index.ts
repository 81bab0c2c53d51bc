import type { ApiVersion } from "../apiVersion.ts";
import { contextAhead } from "./contextAhead.ts";
import { getActions } from "./getActions.ts";
import { getAlerts } from "./getAlerts.ts";
import { getAudit } from "./getAudit.ts";
import { getCalls } from "./getCalls.ts";
import { getConfig } from "./getConfig.ts";
import { getConfigVersions } from "./getConfigVersions.ts";
import { getConflicts } from "./getConflicts.ts";
import { getConnections } from "./getConnections.ts";
import { getContext } from "./getContext.ts";
import { getCustomers } from "./getCustomers.ts";
import { getDeliveries } from "./getDeliveries.ts";
import { getEvent } from "./getEvent.ts";
import { getEvents } from "./getEvents.ts";
import { getFields } from "./getFields.ts";
import { getIdentity } from "./getIdentity.ts";
import { getIdentityCandidates } from "./getIdentityCandidates.ts";
import { getIdentityReport } from "./getIdentityReport.ts";
import { getLayout } from "./getLayout.ts";
import { getQuality } from "./getQuality.ts";
import { getQualityReport } from "./getQualityReport.ts";
import { getQuarantine } from "./getQuarantine.ts";
import { getRoutes } from "./getRoutes.ts";
import { getTimeline } from "./getTimeline.ts";
import { postActions } from "./postActions.ts";
import { postCards } from "./postCards.ts";
import { postContexts } from "./postContexts.ts";
import { postIdentity } from "./postIdentity.ts";
import { postSession } from "./postSession.ts";
import { postWebhook } from "./postWebhook.ts";
import { refreshContext } from "./refreshContext.ts";
import { resolveConflict } from "./resolveConflict.ts";
import { resolveQuarantined } from "./resolveQuarantined.ts";
import { retryConnection } from "./retryConnection.ts";
import { retryDeliveries } from "./retryDeliveries.ts";
import { rollbackConfig } from "./rollbackConfig.ts";
import { streamContext } from "./streamContext.ts";
import { testRoutes } from "./testRoutes.ts";
import { unbuilt } from "./unbuilt.ts";
import { webhookAhead } from "./webhookAhead.ts";

export const v1: ApiVersion = {
  name: "v1",
  ends: null,
  ahead: (deps, headers) => [contextAhead(deps, headers), webhookAhead(deps, headers)],
  mount(app, deps) {
    getContext(app, deps);
    streamContext(app);
    refreshContext(app);
    postContexts(app);
    postCards(app);
    getLayout(app);
    postSession(app);
    getTimeline(app);
    getConnections(app);
    retryConnection(app);
    getCalls(app);
    getAlerts(app);
    postWebhook(app, deps);
    getEvents(app);
    getEvent(app);
    getQuarantine(app);
    resolveQuarantined(app);
    getDeliveries(app);
    retryDeliveries(app);
    getConflicts(app);
    resolveConflict(app);
    getFields(app);
    getRoutes(app);
    testRoutes(app);
    getConfig(app);
    getConfigVersions(app);
    rollbackConfig(app);
    getQuality(app);
    getQualityReport(app);
    // Before the route of one customer, whose parameter would take their names.
    getIdentityCandidates(app);
    getIdentityReport(app);
    getIdentity(app);
    postIdentity(app);
    postActions(app);
    getActions(app);
    getAudit(app);
    getCustomers(app);
    unbuilt(app);
  },
};
