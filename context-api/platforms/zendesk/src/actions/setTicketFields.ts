import type { Action, Outcome } from "@sidelight/platform-kit/action.ts";
import { groupSame, performGroups } from "@sidelight/platform-kit/batch.ts";
import { done, failed, outcomeOf } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "../client.ts";
import { ticketRef } from "../records.ts";
import { ZendeskRefusal } from "../refusal.ts";
import { idOf, TicketKey } from "./ids.ts";
import { type JobResult, type Pause, runJob } from "./job.ts";
import { createTicketFields } from "./ticketFields.ts";

const Input = z.strictObject({
  ticket: TicketKey,
  /** By the field's numeric id: names aren't stable, and an unknown one is passed over. Null empties the field. */
  fields: z
    .array(z.strictObject({ id: z.number().int().positive(), value: z.union([z.string(), z.number(), z.boolean(), z.null()]) }))
    .min(1)
    .max(100),
});
type Input = z.infer<typeof Input>;

/** "Accepts an array of up to 100 ticket objects" */
const mostTickets = 100;
const Answer = z.looseObject({});

/**
 * Sets custom fields of tickets and nothing else of them: `PUT /api/v2/tickets/{id}` for one, a job of `update_many` for several.
 * Doing it again changes nothing.
 * @param pause waits between two questions for the job
 */
export function setTicketFields(client: ZendeskClient, { now }: Pick<ConnectionTools, "now">, pause?: Pause): Action<Input> {
  const fields = createTicketFields(client, now);
  const action: Action<Input> = {
    summary: "Sets custom fields of a ticket",
    input: Input,
    batch: mostTickets,
    sameAs: ({ ticket }) => ticketRef(idOf(ticket)),
    merge: (older, newer) => ({ ticket: newer.ticket, fields: merged(older.fields, newer.fields) }),
    perform: (effects, call) =>
      performGroups(groupSame(action, effects), async (inputs) => {
        const unknown = await fields.unknown(
          inputs.flatMap((input) => input.fields.map((field) => field.id)),
          call,
        );
        const lacks = (input: Input) => input.fields.filter(({ id }) => unknown.includes(id)).map(({ id }) => id);
        const outcomes = await setAll(
          client,
          inputs.filter((input) => lacks(input).length === 0),
          call,
          pause,
        );
        return inputs.map((input) => {
          const ids = lacks(input);
          return ids.length === 0 ? outcomes.shift()! : failed("misconfigured", `Zendesk has no ticket field ${ids.join(", ")}.`);
        });
      }),
  };
  return action;
}

function merged(older: Input["fields"], newer: Input["fields"]): Input["fields"] {
  return [...new Map([...older, ...newer].map((field) => [field.id, field])).values()];
}

async function setAll(client: ZendeskClient, inputs: Input[], call: CallOptions, pause?: Pause): Promise<Outcome[]> {
  const [only] = inputs;
  if (only && inputs.length === 1) return [await setOne(client, only, call)];
  if (inputs.length === 0) return [];
  const route = "/api/v2/tickets/update_many";
  const tickets = inputs.map(({ ticket, fields }) => ({ id: Number(idOf(ticket)), custom_fields: fields }));
  const results = await runJob(client, { method: "PUT", path: route, route, body: { tickets } }, call, pause);
  const outcomes: Outcome[] = [];
  for (const [place, input] of inputs.entries()) {
    const result = results.find((r) => String(r.id) === idOf(input.ticket)) ?? results.find((r) => !r.id && r.index === place);
    outcomes.push(resultOf(input, result) ?? (await setOne(client, input, call)));
  }
  return outcomes;
}

/** What a job's result says for certain. Its reasons are prose: a ticket that failed otherwise is asked for alone, which has a status. */
function resultOf({ ticket }: Input, result: JobResult | undefined): Outcome | null {
  if (result?.success) return done(ticketRef(idOf(ticket)));
  return closed.test(`${result?.error ?? ""} ${result?.details ?? ""}`) ? isClosed : null;
}

const closed = /closed prevents ticket update/i;
const isClosed = failed("conflict", "The ticket is closed.");

async function setOne(client: ZendeskClient, { ticket, fields }: Input, call: CallOptions): Promise<Outcome> {
  const id = idOf(ticket);
  const route = "/api/v2/tickets";
  const body = { ticket: { custom_fields: fields } };
  try {
    await client.write({ method: "PUT", path: `${route}/${id}`, route: `${route}/{id}`, body, pool: "updates" }, Answer, call);
    return done(ticketRef(id));
  } catch (error) {
    return ticketFailure(
      error,
      `Zendesk doesn't take a value for one of the ticket fields ${fields.map((f) => f.id).join(", ")}.`,
    );
  }
}

/** Why an update of a ticket failed; `invalid` is said of a value that isn't taken. */
export function ticketFailure(error: unknown, invalid: string): Outcome {
  if (!(error instanceof ZendeskRefusal)) return outcomeOf(error);
  // Somebody else wrote it at the same time: DatabaseConflict, or a safe update that wasn't.
  if (error.status === 409) return failed("conflict", "Somebody else changed the ticket meanwhile.", { isRetryable: true });
  if (error.says(closed)) return isClosed;
  return error.status === 422 ? failed("misconfigured", invalid) : outcomeOf(error);
}
