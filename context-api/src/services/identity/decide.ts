import type { IdentityChange } from "@sidelight/contracts/identity/changes.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { ofKind, type StoredRecord } from "@sidelight/model/records.ts";
import { ulid } from "ulid";
import { type DecisionDraft, decisionEvent } from "../../identity/decisionEvent.ts";
import { decisionRef } from "../../identity/decisions.ts";
import { refreshSuggestions } from "../../linking/refreshSuggestions.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { requeueHeld } from "../deliveries/requeueHeld.ts";
import { repeatableId, requestHash, usedKey } from "../idempotency.ts";
import { iso } from "../instant.ts";
import type { ServiceContext } from "../service.ts";
import { customerLabel } from "./customerView.ts";
import { decidedRefs, decisionViews } from "./decisionView.ts";

export interface ChangeInput {
  reason?: string | undefined;
  /** The same key with the same request gives the same answer. */
  idempotencyKey?: string | undefined;
}

/** A change as its service decides it. `request` is what the caller sent, without the key. */
export interface Change {
  verb: string;
  request: Record<string, unknown>;
  /** Validates the request against the present, and returns the decisions. Not called for a repeated request. */
  plan(reader: Reader): Promise<DecisionDraft[]>;
}

/**
 * Runs a change of who is who: validate, append the decisions in one commit, and wait until readers see them.
 * @throws {ProblemError} conflict when the idempotency key was used for another request
 */
export async function decide(context: ServiceContext, input: ChangeInput, change: Change): Promise<IdentityChange> {
  const { served, actor, audit } = context;
  const { log, clock } = served.tenant;
  const key = input.idempotencyKey;
  const request = key === undefined ? null : requestHash(context, [change.verb, change.request]);
  const repeated = key === undefined ? null : await repeatedChange(context, key, request);
  if (repeated) return repeated;
  const drafts = await change.plan(openReader(log)).catch(async (error: unknown) => {
    // The same request may have been faster, so that there is nothing left to change.
    const other = key === undefined ? null : await repeatedChange(context, key, request);
    if (other) return other;
    throw error;
  });
  if (!Array.isArray(drafts)) return drafts;
  const now = clock.now();
  const data = {
    kind: "decision" as const,
    actor: { kind: "person" as const, id: actor.keyId, role: actor.role },
    reason: input.reason ?? null,
    confidence: null,
    modelVersion: null,
    request,
    decidedAt: iso(now),
  };
  const ids = drafts.map((_, i) => (key === undefined ? `dec_${ulid(now)}` : repeatableId(context, "dec", key, i)));
  const events = drafts.map((draft, i) => decisionEvent(ids[i] ?? "", draft, data, now));
  const auditRequest =
    key === undefined || request === null ? {} : { request: { id: repeatableId(context, "aud", key), hash: request } };
  const commitResult = await audit(actor, { verb: change.verb, ids: { decision: ids.join(" ") }, ...auditRequest }, (auditRows) =>
    log.commit({ events, statements: auditRows, correlationId: ids[0] ?? "identity" }),
  );
  // Another request with the same key was faster.
  if (key !== undefined && commitResult.events.some(({ isDuplicate }) => isDuplicate)) {
    await log.whenProjected();
    const other = await repeatedChange(context, key, request);
    if (other) return other;
  }
  await refreshDecided(context, ids);
  await requeueHeld(context.served);
  return await changeOf(context, await loadDecisions(openReader(log), ids));
}

/** Suggestions about the decided records are settled, or open again. */
async function refreshDecided({ served }: ServiceContext, ids: readonly string[]): Promise<void> {
  const { log, clock } = served.tenant;
  const reader = openReader(log);
  const refs = await Promise.all((await loadDecisions(reader, ids)).map((decision) => decidedRefs(reader, decision)));
  await refreshSuggestions(log, [...new Set(refs.flat().map(reader.key))], clock.now());
}

/** Decisions of one request. */
const maxDrafts = 100;

/** The answer of an earlier request with this key; null when there was none. */
async function repeatedChange(context: ServiceContext, key: string, request: string | null): Promise<IdentityChange | null> {
  const { log } = context.served.tenant;
  const reader = openReader(log);
  const ids = Array.from({ length: maxDrafts }, (_, i) => repeatableId(context, "dec", key, i));
  const decisions = await loadDecisions(reader, ids);
  const [first] = decisions;
  if (!first) return null;
  if (first.data.request !== request) throw usedKey();
  return await changeOf(context, decisions);
}

/** Decisions by id, in this order; absent ones are left out. */
export async function loadDecisions(reader: Reader, ids: readonly string[]): Promise<StoredRecord<"decision">[]> {
  const records = ofKind(await reader.records(ids.map((id) => reader.key(decisionRef(id)))), "decision");
  return ids.flatMap((id) => records.find((record) => record.id === id) ?? []);
}

/** What a change made of the customers, as of its last decision: a repeated request gets the same answer, whatever was decided since. */
async function changeOf(
  { served, actor }: ServiceContext,
  records: readonly StoredRecord<"decision">[],
): Promise<IdentityChange> {
  const sequence = Math.max(0, ...records.map((record) => record.sequence));
  const reader = openReader(served.tenant.log, { at: sequence });
  const decisions = await decisionViews(reader, records);
  const nodes = new Set(decisions.flatMap((decision: Decision) => decision.customers));
  const customers = await Promise.all([...nodes].map(async (id) => ({ id, label: await customerLabel(reader, id) })));
  return maskDeep({ decisions, customers, sequence }, actor.rights).value;
}
