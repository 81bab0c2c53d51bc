import { z } from "@hono/zod-openapi";
import {
  ActionResult,
  DeleteNoteRequest,
  FollowUpRequest,
  FollowUpState,
  InsertRequest,
  NoteRequest,
  PinRequest,
  RefreshRequest,
  RevealedValues,
  RevealRequest,
} from "@sidelight/contracts/actions/action.ts";
import { IdempotencyKey } from "@sidelight/contracts/identity/changes.ts";
import { addNote } from "../../services/actions/addNote.ts";
import { deleteNote } from "../../services/actions/deleteNote.ts";
import { followUp } from "../../services/actions/followUp.ts";
import { pin } from "../../services/actions/pin.ts";
import { recordInsert } from "../../services/actions/recordInsert.ts";
import { refreshCustomer } from "../../services/actions/refreshCustomer.ts";
import { reveal } from "../../services/actions/reveal.ts";
import type { ActionRequest } from "../../services/actions/runAction.ts";
import type { ServiceContext } from "../../services/service.ts";
import type { App } from "../env.ts";
import { requiredIdempotencyKey } from "../idempotencyKey.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, privateNoStore, problem, problems, security } from "./shared.ts";

const headers = z.object({
  "idempotency-key": IdempotencyKey.describe(
    "Required. The same key with the same body is one action, and gives the same answer. Another body is a conflict",
  ),
});

const refusals = {
  ...problems,
  404: problem("not_found: Sidelight knows no customer with this ref, or no such note"),
  409: problem("conflict: several customers match, or the Idempotency-Key was used for another request"),
};

const doneResponse = json(ActionResult, "The action is done, and on record");

export function postActions(app: App): void {
  mount(
    "note",
    NoteRequest,
    addNote,
    { 200: doneResponse },
    {
      summary: "Write a note about a customer",
      description: "Every panel shows it, on whatever platform. It belongs to the record that it was written about.",
    },
  );
  mount(
    "delete-note",
    DeleteNoteRequest,
    deleteNote,
    { 200: doneResponse },
    {
      right: "note",
      summary: "Delete a note",
      description: "For everybody. Its author and administrators may do so.",
    },
  );
  mount(
    "pin",
    PinRequest,
    pin,
    { 200: doneResponse },
    {
      summary: "Pin a customer for the caller, or a note for everybody",
      description: "`pinned: false` takes the pin away.",
    },
  );
  mount(
    "follow-up",
    FollowUpRequest,
    followUp,
    { 202: json(FollowUpState, "The delivery is durable. Its state is read later") },
    {
      summary: "Create a follow-up at a platform",
      description: "An internal note of the ticket, or a task. `GET /v1/actions/{id}` shows how far it is.",
    },
  );
  mount(
    "reveal",
    RevealRequest,
    reveal,
    { 200: json(RevealedValues, "The values. Hide them at `hideAt`") },
    {
      summary: "Reveal masked values, with a reason",
      description: "The reason is on record before a value is read. For a minute, the same key gives the values again.",
    },
  );
  mount(
    "refresh",
    RefreshRequest,
    refreshCustomer,
    { 200: doneResponse },
    {
      summary: "Fetch a customer from the platforms",
      description: "Once in 30 seconds for a customer. An earlier refresh is 429 with Retry-After.",
    },
  );
  mount(
    "insert",
    InsertRequest,
    recordInsert,
    { 200: doneResponse },
    {
      summary: "Record what was inserted into an editor",
      description: "The panel inserts the text itself. The text is not sent.",
    },
  );

  function mount<Schema extends z.ZodType<object>>(
    name: string,
    schema: Schema,
    take: (context: ServiceContext, input: z.output<Schema> & ActionRequest) => Promise<object>,
    answers: { 200: ReturnType<typeof json> } | { 202: ReturnType<typeof json> },
    { right = name, description, summary }: { right?: string; summary: string; description: string },
  ): void {
    const operation = {
      path: `/v1/actions/${name}`,
      operationId: operationIds[name] ?? name,
      summary,
      description: `${description} Needs the right \`${right}\`. A panel session may use it for its own ref.`,
      tags: ["Actions"],
      security,
      schema,
      headers,
      responses: { ...answers, ...refusals },
    };
    const status = "202" in answers ? 202 : 200;
    jsonOperation(app, operation, async (c, body) =>
      c.json(
        await take(c.get("service"), { ...body, idempotencyKey: requiredIdempotencyKey(c) } as z.output<Schema> & ActionRequest),
        status,
        privateNoStore,
      ),
    );
  }
}

const operationIds: Record<string, string> = {
  note: "addNote",
  "delete-note": "deleteNote",
  pin: "pin",
  "follow-up": "createFollowUp",
  reveal: "revealValues",
  refresh: "refreshCustomer",
  insert: "recordInsert",
};
