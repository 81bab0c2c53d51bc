import { z } from "@hono/zod-openapi";
import {
  DismissRequest,
  IdempotencyKey,
  IdentityChange,
  LinkRequest,
  MergeRequest,
  SplitRequest,
  UndoRequest,
  UnlinkRequest,
} from "@sidelight/contracts/identity/changes.ts";
import { CheckRequest, CheckResult } from "@sidelight/contracts/identity/check.ts";
import { checkRecord } from "../../services/identity/checkRecord.ts";
import type { ChangeInput } from "../../services/identity/decide.ts";
import { dismissCandidates } from "../../services/identity/dismissCandidates.ts";
import { linkIdentity } from "../../services/identity/linkIdentity.ts";
import { mergeIdentities } from "../../services/identity/mergeIdentities.ts";
import { splitIdentity } from "../../services/identity/splitIdentity.ts";
import { undoDecisions } from "../../services/identity/undoDecisions.ts";
import { unlinkIdentity } from "../../services/identity/unlinkIdentity.ts";
import type { ServiceContext } from "../../services/service.ts";
import type { App } from "../env.ts";
import { idempotencyKey } from "../idempotencyKey.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, privateNoStore, problem, problems, security } from "./shared.ts";

const headers = z.object({
  "idempotency-key": IdempotencyKey.optional().openapi({
    description: "The same key with the same body gives the same answer and changes nothing. Another body is a conflict",
  }),
});

const responses = {
  200: json(IdentityChange, "The decisions. Every reader sees them by now"),
  ...problems,
  404: problem("not_found: Sidelight has no such record, customer or decision"),
  409: problem("conflict: nothing to change, several customers match, or the Idempotency-Key was used for another request"),
};

const ownRef = "A panel session may use it for its own ref.";

export function postIdentity(app: App): void {
  mount("link", LinkRequest, linkIdentity, {
    operationId: "linkIdentity",
    summary: "Decide that a record belongs to a customer",
    description: `For everybody and from now on. A ticket or case means its requester. An address decides whose it is. ${ownRef}`,
  });
  mount("unlink", UnlinkRequest, unlinkIdentity, {
    operationId: "unlinkIdentity",
    summary: "Decide that a record is not this customer's",
    description: `What both have, as an address, counts for the other records from then on. ${ownRef}`,
  });
  mount("merge", MergeRequest, mergeIdentities, {
    operationId: "mergeIdentities",
    summary: "Decide that two customers are one",
    description: "Both ids lead to it. The records of the platforms are not changed.",
  });
  mount("split", SplitRequest, splitIdentity, {
    operationId: "splitIdentity",
    summary: "Decide that some records of a customer are another one",
    description: "These records get an id of their own. The id of the customer stays with the others.",
  });
  mount("dismiss", DismissRequest, dismissCandidates, {
    operationId: "dismissCandidates",
    summary: "Decide that the customers of suggestions are not one",
    description: "They are not suggested again, whatever model is used later.",
  });
  mount("undo", UndoRequest, undoDecisions, {
    operationId: "undoDecisions",
    summary: "Undo decisions",
    description: `What was before applies again. An undo can be undone. ${ownRef}`,
  });

  jsonOperation(
    app,
    {
      path: "/v1/identity/check",
      operationId: "checkIdentity",
      summary: "Whether a record that is about to be created exists already",
      description:
        "use: the first match is it. create: nothing matches, or the customer has no record of the target yet. ask: a person has to decide. Needs the right `identify`.",
      tags: ["Identity"],
      security,
      schema: CheckRequest,
      responses: { 200: json(CheckResult, "The decision and the matches, best first"), ...problems },
    },
    async (c, body) => c.json(await checkRecord(c.get("service"), body), 200, privateNoStore),
  );

  function mount<Schema extends z.ZodType<object>>(
    name: string,
    schema: Schema,
    change: (context: ServiceContext, input: z.output<Schema> & ChangeInput) => Promise<IdentityChange>,
    { description, ...texts }: { operationId: string; summary: string; description: string },
  ): void {
    const operation = {
      ...texts,
      path: `/v1/identity/${name}`,
      tags: ["Identity"],
      security,
      description: `${description} Needs the right \`identify\`.`,
      schema,
      headers,
      responses,
    };
    jsonOperation(app, operation, async (c, body) =>
      c.json(await change(c.get("service"), { ...body, idempotencyKey: idempotencyKey(c) }), 200, privateNoStore),
    );
  }
}
