import type { Action, Outcome, Write } from "@sidelight/platform-kit/action.ts";
import { groupSame, performGroups, performValid } from "@sidelight/platform-kit/batch.ts";
import { failure, outcomeOf, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { ticketRef } from "../records.ts";
import { ZendeskRefusal } from "../refusal.ts";
import { addedTag, fieldName, removedTag } from "../reportedValues.ts";
import { idOf, TicketKey } from "./ids.ts";
import { type JobResult, type Pause, runJob } from "./job.ts";
import { createTicketFields } from "./ticketFields.ts";

const Input = z.strictObject({
  ticket: TicketKey,
  /** By the field's numeric id: names are not stable, and Zendesk ignores unknown ones. Null clears the field. */
  fields: z
    .array(z.strictObject({ id: z.number().int().positive(), value: z.union([z.string(), z.number(), z.boolean(), z.null()]) }))
    .min(1)
    .max(100),
});
type Input = z.infer<typeof Input>;

/** "Accepts an array of up to 100 ticket objects" */
const maxTickets = 100;
const Answer = z.looseObject({});

/**
 * Sets custom fields of tickets and nothing else: `PUT /api/v2/tickets/{id}` for one, a job of `update_many` for several.
 * Idempotent.
 * @param pause waits between two polls of the job
 */
export function setTicketFields(
  client: ZendeskClient,
  { monotonic }: Pick<ConnectionTools, "monotonic">,
  pause?: Pause,
): Action<Input> {
  const fields = createTicketFields(client, monotonic);
  const action: Action<Input> = {
    summary: "Sets custom fields of a ticket",
    purpose: "support",
    input: Input,
    batch: maxTickets,
    quota: "updates",
    sameAs: ({ ticket }) => ticketRef(idOf(ticket)),
    merge: (older, newer) => ({ ticket: newer.ticket, fields: merged(older.fields, newer.fields) }),
    writes: ({ ticket, fields: writtenFields }) => [writeOf(ticketRef(idOf(ticket)), writtenFields)],
    perform: (effects, call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        const unknown = await fields.unknown(
          inputs.flatMap((input) => input.fields.map((field) => field.id)),
          call,
        );
        const missingFields = (input: Input) => input.fields.filter(({ id }) => unknown.includes(id)).map(({ id }) => id);
        const problemOf = (input: Input) => {
          const ids = missingFields(input);
          return ids.length === 0 ? null : failure("misconfigured", `Zendesk has no ticket field ${ids.join(", ")}.`);
        };
        return await performValid(inputs, problemOf, (valid) => setAll(client, valid, call, pause));
      }),
  };
  return action;
}

/** A value of a drop-down field is a tag too: Zendesk adds it to the ticket, and removes the tag of the previous value. */
function writeOf(ref: string, fields: Input["fields"]): Write {
  const tags = fields.flatMap(({ value }) => (typeof value === "string" ? [value] : []));
  const values = Object.fromEntries(fields.map(({ id, value }) => [fieldName(id), value]));
  return {
    object: "zendesk.ticket",
    ref,
    isCreation: false,
    values,
    additions: { [addedTag]: tags },
    derived: [removedTag, "/isEscalated"],
  };
}

function merged(older: Input["fields"], newer: Input["fields"]): Input["fields"] {
  return [...new Map([...older, ...newer].map((field) => [field.id, field])).values()];
}

async function setAll(client: ZendeskClient, inputs: Input[], call: CallOptions, pause?: Pause): Promise<Outcome[]> {
  const [single] = inputs;
  if (single && inputs.length === 1) return [await setOne(client, single, call)];
  if (inputs.length === 0) return [];
  const route = "/api/v2/tickets/update_many";
  const tickets = inputs.map(({ ticket, fields }) => ({ id: Number(idOf(ticket)), custom_fields: fields }));
  const results = await runJob(client, { method: "PUT", path: route, route, body: { tickets } }, call, pause);
  const outcomes: Outcome[] = [];
  for (const [index, input] of inputs.entries()) {
    const result = results.find((r) => String(r.id) === idOf(input.ticket)) ?? results.find((r) => !r.id && r.index === index);
    outcomes.push(resultOf(input, result) ?? (await setOne(client, input, call)));
  }
  return outcomes;
}

/** The outcome of a job's result when it is certain. Other failures have prose reasons only; the ticket is then updated alone. */
function resultOf({ ticket }: Input, result: JobResult | undefined): Outcome | null {
  if (result?.success) return success(ticketRef(idOf(ticket)));
  return closedPattern.test(`${result?.error ?? ""} ${result?.details ?? ""}`) ? isClosed : null;
}

const closedPattern = /closed prevents ticket update/i;
const isClosed = failure("conflict", "The ticket is closed and cannot be changed.");

async function setOne(client: ZendeskClient, { ticket, fields }: Input, call: CallOptions): Promise<Outcome> {
  const id = idOf(ticket);
  const route = "/api/v2/tickets";
  const body = { ticket: { custom_fields: fields } };
  try {
    await client.write({ method: "PUT", path: `${route}/${id}`, route: `${route}/{id}`, body, quota: "updates" }, Answer, call);
    return success(ticketRef(id));
  } catch (error) {
    return ticketFailure(error, `Zendesk refused a value of the ticket fields ${fields.map((f) => f.id).join(", ")}.`);
  }
}

/** Outcome of a failed ticket update. `invalid` is the message for a refused value. */
export function ticketFailure(error: unknown, invalid: string): Outcome {
  if (!(error instanceof ZendeskRefusal)) return outcomeOf(error);
  // A concurrent write: DatabaseConflict, or a stale safe update.
  if (error.status === 409) return failure("conflict", "The ticket was changed at the same time.", { isRetryable: true });
  if (error.matches(closedPattern)) return isClosed;
  return error.status === 422 ? failure("misconfigured", invalid) : outcomeOf(error);
}
