import type { FollowUpRequest, FollowUpState } from "@sidelight/contracts/actions/action.ts";
import type { Purpose } from "@sidelight/model/purposes.ts";
import { ofKind, type TicketAssignee } from "@sidelight/model/records.ts";
import type { FollowUp, FollowUpAction } from "@sidelight/platform-kit/followUp.ts";
import type { Connection } from "../../connections/connections.ts";
import { companyOf } from "../../context/customerRecords.ts";
import { recordRank } from "../../context/recordRank.ts";
import type { NewDelivery } from "../../deliveries/deliveryQueue.ts";
import { queueName } from "../../deliveries/workers.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import type { Actor } from "../actor.ts";
import { deliveriesTopic } from "../announcements.ts";
import { invalidParameter, ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ActionTarget, actionTarget, ownRef } from "./actionTarget.ts";
import { followUpState } from "./followUpState.ts";
import { type ActionPlan, type ActionRequest, runAction } from "./runAction.ts";

/** What deliveries of follow-ups have instead of a route. */
const followUpRoute = "follow-up";

/**
 * Creates a follow-up at a platform: an internal note of the ticket, or a task. It is a delivery: durable when this returns, sent soon
 * after, and tried again when the platform fails.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const followUp = defineService(
  "act:follow-up",
  async (context: ServiceContext, { idempotencyKey, ...input }: FollowUpRequest & ActionRequest): Promise<FollowUpState> => {
    const { tenant } = context.served;
    const parsed = ownRef(context, input.ref);
    const request = { ...input, ref: parsed.ref };
    const takenAction = await runAction(context, { idempotencyKey }, { action: "follow-up", request }, async (action) => {
      const reader = openReader(tenant.log);
      return await planFollowUp(context, await actionTarget(reader, parsed), { reader, input, action });
    });
    const { target, queue } = takenAction.ids;
    if (!takenAction.isRepeated) tenant.log.announce(deliveriesTopic(queueName(String(target), String(queue))));
    return await followUpState(context, takenAction);
  },
);

interface Planning {
  reader: Reader;
  input: FollowUpRequest;
  action: string;
}

async function planFollowUp(context: ServiceContext, target: ActionTarget, planning: Planning): Promise<ActionPlan> {
  const { tenant, deliveries } = context.served;
  const { connection, action, input } = await chosenAction(context, target, planning);
  const id = deliveryId(planning.action);
  const now = tenant.clock.now();
  const delivery: NewDelivery = {
    ...{ id, route: followUpRoute, target: connection.id, action, input },
    event: {
      event_id: planning.action,
      sequence: tenant.log.head(),
      subject: tenant.log.key(target.record.ref),
      timestamp: now,
    },
    // Each one counts, and none waits for another.
    ...{ name: null, inputHash: null, hops: 0, joinMs: 0, waitsBehindDeadLetter: false },
    ...{ consentSubject: target.record.ref, purpose: purposeOf(connection, action) },
    ...{ state: "waiting", cause: null, message: null, config: tenant.configVersion },
  };
  const statements = await deliveries.insert([delivery], now);
  if (statements.length === 0) throw new ProblemError("not_found", "The data of this customer was erased.");
  return {
    target,
    ids: { delivery: id, platform: connection.platform.name, target: connection.id, queue: action },
    statements,
  };
}

/** @throws {ProblemError} invalid_request, conflict */
async function chosenAction(
  { served: { tenant }, actor }: ServiceContext,
  target: ActionTarget,
  { reader, input }: Planning,
): Promise<FollowUpAction & { connection: Connection }> {
  const able = tenant.connections.filter(({ connector }) => connector.followUp !== undefined);
  const ownPlatform = target.parsed.kind === "object" ? target.parsed.platform : undefined;
  const name = input.platform ?? (able.some(({ platform }) => platform.name === ownPlatform) ? ownPlatform : undefined);
  const candidates = name === undefined ? able : able.filter(({ platform }) => platform.name === name);
  if (candidates.length === 0) {
    const names = [...new Set(able.map(({ platform }) => platform.name))].join(", ") || "none is connected";
    throw invalidParameter("platform", `This platform has no follow-ups. Use one of: ${names}.`);
  }
  for (const connection of candidates) {
    const followUpInput = await followUpOf(reader, { tenant, connection, actor, target, input });
    const followUpAction = connection.connector.followUp?.(followUpInput);
    const action = followUpAction && connection.connector.actions?.[followUpAction.action];
    if (!action) continue;
    const parsed = action.input.safeParse(followUpAction.input);
    if (parsed.success) return { connection, action: followUpAction.action, input: parsed.data };
  }
  throw new ProblemError(
    "conflict",
    "The platform has no record of this customer that a follow-up could be about. Choose another platform.",
  );
}

async function followUpOf(
  reader: Reader,
  {
    tenant,
    connection,
    actor,
    target,
    input,
  }: {
    tenant: ServiceContext["served"]["tenant"];
    connection: Connection;
    actor: Actor;
    target: ActionTarget;
    input: FollowUpRequest;
  },
): Promise<FollowUp> {
  const isHere = (record: { connection: string }): boolean => record.connection === connection.id;
  const [kind, node = ""] = target.customer.split(":") as ["person" | "company", string];
  const company = await companyOf(reader, { kind, node }, recordRank(tenant));
  const account = company?.records.find(isHere) ?? null;
  const people = kind === "person" ? target.records.filter(isHere) : [];
  // A contact belongs to an account, a lead does not yet.
  const person = people.find(({ edges }) => edges.some(({ rel }) => rel === "account")) ?? people[0] ?? null;
  const { owner } = account?.data ?? {};
  return {
    about: target.parsed.ref,
    person: person?.ref ?? null,
    company: account?.ref ?? null,
    subject: input.subject,
    text: input.text || null,
    owner: ownerOf(connection.platform.name, actor, input.owner, await assigneeOf(reader, target)),
    accountOwner: owner?.kind === "user" ? `${connection.platform.name}.user:${owner.id}` : null,
    dueDate: input.dueDate,
  };
}

/** Who works on the ticket that the panel shows, as far as that is known. */
async function assigneeOf(reader: Reader, { parsed }: ActionTarget): Promise<TicketAssignee | null> {
  const [ticket] = ofKind(await reader.records([reader.key(parsed.ref)]), "ticket");
  return ticket?.data.assignee ?? null;
}

/** The chosen user, otherwise the caller if they are one of this platform. @throws {ProblemError} invalid_request */
function ownerOf(
  platform: string,
  { person }: Actor,
  chosenRef: string | undefined,
  assignee: TicketAssignee | null,
): FollowUp["owner"] {
  const isUser = (ref: string): boolean => new RegExp(`^${platform}\\.user:[A-Za-z0-9_-]{1,40}$`).test(ref);
  if (chosenRef !== undefined && !isUser(chosenRef))
    throw invalidParameter("owner", `Send the ref of a user of the platform: ${platform}.user:….`);
  if (chosenRef !== undefined && chosenRef !== person?.ref)
    return { ref: chosenRef, name: assignee && chosenRef === `${platform}.user:${assignee.id}` ? assignee.name : null };
  return person && isUser(person.ref) ? { ref: person.ref, name: person.name } : null;
}

const purposeOf = ({ connector }: Connection, action: string): Purpose | null => connector.actions?.[action]?.purpose ?? null;

/** 32 hexadecimal digits, which every platform accepts as an id. */
const deliveryId = (action: string): string => Buffer.from(action.replace(/^act_/, ""), "base64url").toString("hex");
