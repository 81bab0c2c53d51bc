import { deleteAlertMessages, deleteIncidents } from "../../store/tables/alertMessages.ts";
import { findBaseline, moveBaseline, saveBaseline } from "../../store/tables/baselines.ts";
import { deleteResolvedConflicts } from "../../store/tables/conflicts.ts";
import { deleteConsoleSessions } from "../../store/tables/consoleSessions.ts";
import { deleteDeduplicationKeys } from "../../store/tables/deduplicationKeys.ts";
import { deleteEndedDeliveries } from "../../store/tables/deliveries.ts";
import { emptyPayloads, lastSequenceBefore } from "../../store/tables/events.ts";
import { deleteFailedRequests } from "../../store/tables/failedRequests.ts";
import { deleteFreshnessCounts } from "../../store/tables/freshnessCounts.ts";
import { deletePanelCounts } from "../../store/tables/panelCounts.ts";
import { deleteQuarantineRows } from "../../store/tables/quarantine.ts";
import { deleteRouteDecisions } from "../../store/tables/routeDecisions.ts";
import { deleteUsageTotals } from "../../store/tables/usageTotals.ts";
import { deleteUsedTokens } from "../../store/tables/usedTokens.ts";
import { deleteWrittenValuesBefore } from "../../store/tables/writtenValues.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import type { Execute } from "../../store/writerStore.ts";

/**
 * Removes history, inside the caller's transaction: versions that had ended before `cutoff` (epoch ms), and the payloads of all
 * events received until then. The versions that were current at that point become the baseline that a rebuild starts from, so
 * that it gives the same result. The events' envelopes (type, times, ids: nothing personal) stay.
 * @returns how many events lost their payload
 */
export async function pruneHistory(store: TenantStore, execute: Execute, cutoff: number, now: number): Promise<number> {
  const sequence = await lastSequenceBefore(store, cutoff);
  const baselineSequence = (await findBaseline(store))?.sequence ?? 0;
  if (sequence <= baselineSequence) return 0;
  for (const statement of moveBaseline(store, sequence)) await execute(statement);
  const events = await execute(emptyPayloads(store, baselineSequence, sequence));
  await execute(saveBaseline(store, { sequence, received_before: cutoff, pruned_at: now }));
  return events;
}

/** Longer than any platform repeats an event: Salesforce stops after 24 hours. */
const deduplicationMs = 7 * 86_400_000;

/** Longer than a platform keeps its events: Change Data Capture for 72 hours. */
const writtenValuesMs = 7 * 86_400_000;
const routeDecisionsMs = 30 * 86_400_000;
const alertMessagesMs = 90 * 86_400_000;
/** The console compares a day; a month shows what changed. */
const panelCountsMs = 30 * 86_400_000;
/** Buckets of five minutes are read for windows of up to six hours, and those of an hour for up to 30 days. */
const freshnessMs = { 300: 2 * 86_400_000, 3600: 35 * 86_400_000 };
/** 13 months, as long as the totals of calls. */
const usageTotalsMs = 400 * 86_400_000;
/** People report an error within days. */
const failedRequestsMs = 14 * 86_400_000;

export interface ExpiryCutoffs {
  deliveries: number;
  /** Null keeps the quarantine. */
  quarantine: number | null;
}

/**
 * Deletes expired deduplication keys, used sign-in tokens, console sessions, counts of panels, freshness and use, failed requests, written values and routing
 * decisions, ended deliveries, resolved conflicts and quarantined messages. Cutoffs and `now` are epoch ms.
 */
export async function deleteExpired(store: TenantStore, execute: Execute, cutoffs: ExpiryCutoffs, now: number): Promise<void> {
  const statements = [
    deleteDeduplicationKeys(store, now - deduplicationMs),
    deleteWrittenValuesBefore(store, now - writtenValuesMs),
    deleteRouteDecisions(store, now - routeDecisionsMs),
    deleteEndedDeliveries(store, cutoffs.deliveries),
    deleteResolvedConflicts(store, cutoffs.deliveries),
    deleteUsedTokens(store, now),
    deleteAlertMessages(store, now - alertMessagesMs),
    deleteIncidents(store, now - alertMessagesMs),
    deleteConsoleSessions(store, now),
    ...Object.entries(freshnessMs).map(([span, ms]) => deleteFreshnessCounts(store, Number(span), now - ms)),
    deleteUsageTotals(store, now - usageTotalsMs),
    deletePanelCounts(store, now - panelCountsMs),
    deleteFailedRequests(store, now - failedRequestsMs),
    ...(cutoffs.quarantine === null ? [] : deleteQuarantineRows(store, cutoffs.quarantine)),
  ];
  for (const statement of statements) await execute(statement);
}
