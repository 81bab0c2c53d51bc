import type { ResolvedConflict, ResolveRequest } from "@sidelight/contracts/conflicts/conflict.ts";
import type { EventInput } from "@sidelight/model/records.ts";
import { splitRef } from "@sidelight/model/refs.ts";
import { fieldDefinitions } from "../../config/fields.ts";
import type { ResolutionData } from "../../fields/applyResolution.ts";
import { type ConflictValues, openConflicts, sealConflict } from "../../fields/conflictValues.ts";
import { fieldEventTypes, namedValue } from "../../fields/fieldEvents.ts";
import { openReader } from "../../log/reader.ts";
import { ownPlatform } from "../../signals/derived.ts";
import { type ConflictRow, decideConflict, findConflict } from "../../store/tables/conflicts.ts";
import type { Actor } from "../actor.ts";
import { invalidParameter, ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { conflictViews } from "./conflictViews.ts";

export interface ResolveInput extends ResolveRequest {
  id: string;
}

/**
 * Decides an open conflict. The decision is durable when this returns. The leader then writes the value to every platform that has
 * another one.
 * @throws {ProblemError} not_found, conflict for one that is resolved, invalid_request for a platform without a value
 */
export const resolveConflict = defineService(
  "operate",
  async ({ served: { tenant }, actor, audit }: ServiceContext, { id, ...request }: ResolveInput): Promise<ResolvedConflict> => {
    const { log, clock, config, platforms } = tenant;
    const row = await findConflict(log.store, id);
    if (!row) throw new ProblemError("not_found", `There is no conflict ${shownId(id)}. GET /v1/conflicts lists them.`);
    const stored = (await openConflicts(log, [row])).get(row.id);
    if (row.state !== "open" || !stored) throw alreadyResolved(id);
    const definition = fieldDefinitions(config, platforms).definitions.find(({ name }) => name === row.field);
    if (!definition?.enabled)
      throw new ProblemError("conflict", `The field ${row.field} is not enabled. Enable it in the configuration first.`);
    const decision = { ...chosenValue(stored, request), reason: request.reason ?? null };
    const now = clock.now();
    const node = await openReader(log).nodeOf(row.key);
    const resolution: ResolutionData = {
      ...{ conflict: id, by: "person", from: decision.platform, reason: decision.reason },
      ...namedValue(definition.type, decision.value),
    };
    const customer = node === null ? null : `${definition.kind}:${node}`;
    const data = { customer, field: row.field, rule: row.rule, ...resolution, actor: actorOf(actor) };
    const event = resolutionEvent(log.key, row, stored, data, now);
    const resolvedRow = { ...row, state: "resolved", resolved_at: now, decided_by: "person" };
    const sealed = event && (await sealConflict(log, resolvedRow, { ...stored, decision }));
    if (!event || !sealed) throw alreadyResolved(id);
    const { head, events } = await audit(
      actor,
      { verb: "conflicts.resolve", ids: { conflict: id, field: row.field } },
      (auditRows) =>
        log.commit({ events: [event], statements: [decideConflict(log.store, sealed), ...auditRows], correlationId: "fields" }),
    );
    // Another person decided at the same time.
    if (events[0]?.isDuplicate) throw alreadyResolved(id);
    const [conflict] = await conflictViews(tenant, [sealed], actor.rights);
    if (!conflict) throw alreadyResolved(id);
    return { conflict, sequence: head };
  },
);

/** @throws {ProblemError} invalid_request */
function chosenValue(
  { values }: ConflictValues,
  { platform, value }: ResolveRequest,
): { platform: string | null; value: ConflictValues["values"][number]["value"] } {
  if (platform === undefined) return { platform: null, value: value ?? null };
  const chosen = values.find((candidate) => candidate.platform === platform);
  if (!chosen)
    throw invalidParameter(
      "platform",
      `No value of ${platform} takes part. Use one of: ${values.map((v) => v.platform).join(", ")}.`,
    );
  return { platform, value: chosen.value };
}

/** Null for a conflict without values. */
function resolutionEvent(
  keyOf: (ref: string) => string,
  { id, key, subject }: ConflictRow,
  { values }: ConflictValues,
  data: Record<string, unknown>,
  now: number,
): EventInput | null {
  const ref = values.find((value) => keyOf(value.ref) === key)?.ref ?? values[0]?.ref;
  if (ref === undefined) return null;
  return {
    type: fieldEventTypes.resolved,
    timestamp: now,
    ...{ platform: ownPlatform, connection: ownPlatform, object: splitRef(ref).object, ref, subject: ref, subjectKey: subject },
    sourceIds: [`conflict:${id}`],
    ...{ sourceEventId: null, record: null, interaction: null, isEcho: false },
    data,
  };
}

const actorOf = ({ keyId, role }: Actor) => ({ kind: "person", id: keyId, role });

const alreadyResolved = (id: string): ProblemError =>
  new ProblemError("conflict", `The conflict ${shownId(id)} is resolved. GET /v1/conflicts shows the decision.`);
