import type { SearchHit } from "@sidelight/contracts/search/search.ts";
import { sourceEventHash } from "../../security/keyring.ts";
import { findAlert } from "../../store/tables/alerts.ts";
import { findAuditEntry } from "../../store/tables/auditEntries.ts";
import { listCallRows } from "../../store/tables/calls.ts";
import { findEventRow, listCorrelatedEvents, listEventRows } from "../../store/tables/events.ts";
import { findQuarantinedRow } from "../../store/tables/quarantine.ts";
import { iso } from "../instant.ts";
import type { ServiceContext } from "../service.ts";
import { eventHit, hit } from "./hits.ts";

/** Ids of Sidelight, and the id that a platform gave an event, are shorter. */
const maxIdLength = 200;
const maxEvents = 10;
const maxCalls = 20;

/** What has exactly this id. */
export async function findIds(context: ServiceContext, id: string): Promise<SearchHit[]> {
  const { served, actor } = context;
  const { log } = served.tenant;
  const { store } = log;
  if (id.length > maxIdLength) return [];
  const events = async (): Promise<SearchHit[]> => {
    const [ownIds, ofSource, correlatedEvents] = await Promise.all([
      findEventRow(store, id),
      listEventRows(store, { limit: maxEvents, beforeSequence: null, sourceEventHash: sourceEventHash(log.keys, id) }),
      listCorrelatedEvents(store, id, maxEvents),
    ]);
    return [...(ownIds ? [ownIds] : []), ...ofSource, ...correlatedEvents].map(eventHit);
  };
  const alert = async (): Promise<SearchHit[]> => {
    const row = await findAlert(store, id);
    if (!row) return [];
    const state = row.closed_at === null ? "Open" : "Closed";
    return [hit("alert", id, { label: row.message, detail: `${state} alert`, at: row.opened_at, address: `alerts/${id}` })];
  };
  const operatorHits = actor.rights.operate
    ? [findDelivery(context, id), findRequest(context, id), findQuarantined(context, id), findAudit(context, id)]
    : [];
  return (await Promise.all([events(), alert(), ...operatorHits])).flat();
}

async function findDelivery({ served }: ServiceContext, id: string): Promise<SearchHit[]> {
  const [delivery] = await served.deliveries.list({ limit: 1, id });
  if (!delivery) return [];
  const { route, target, state, cause, created_at } = delivery;
  const detail = cause === null ? state : `${state}, ${cause}`;
  return [hit("delivery", id, { label: `${route} → ${target}`, detail, at: created_at, address: `deliveries/${id}` })];
}

/** Why a request failed, and which platforms it called. A request that succeeded is found by its calls. */
async function findRequest({ served }: ServiceContext, id: string): Promise<SearchHit[]> {
  const { failedRequests, tenant } = served;
  await tenant.callLog.flush();
  const [failure, calls] = await Promise.all([
    failedRequests.find(id),
    listCallRows(tenant.log.store, { limit: maxCalls, below: null, requestId: id }),
  ]);
  if (!failure && calls.length === 0) return [];
  const steps = calls.reverse().map(({ at, platform, operation, status, ms }) => ({
    at: iso(at),
    text: `${platform}: ${operation} ${status === 0 ? "without an answer" : `answered ${status}`} in ${Math.round(ms)} ms`,
  }));
  if (!failure) {
    const [first] = calls;
    return [hit("request", id, { label: "A request that called platforms", at: first?.at ?? null, steps })];
  }
  const { method, route, status, code, cause, panel, at } = failure;
  const from = panel === null ? "" : ` in the panel of ${panel}`;
  const detail = `${status} ${code}${cause === null || cause.startsWith(`${code} `) ? "" : `, caused by ${cause}`}`;
  return [hit("request", id, { label: `${method} ${route} failed${from}`, detail, at, steps })];
}

async function findQuarantined({ served }: ServiceContext, id: string): Promise<SearchHit[]> {
  const row = await findQuarantinedRow(served.tenant.log.store, id);
  if (!row) return [];
  const { connection, reason, received_at } = row;
  return [
    hit("quarantine", id, {
      label: `Quarantined message of ${connection}`,
      detail: reason,
      at: received_at,
      address: `quarantine/${id}`,
    }),
  ];
}

async function findAudit({ served }: ServiceContext, id: string): Promise<SearchHit[]> {
  const row = await findAuditEntry(served.tenant.log.store, id);
  if (!row) return [];
  return [hit("audit", id, { label: row.verb, detail: `By ${row.key_id}`, at: row.at, address: `audit?verb=${row.verb}` })];
}
