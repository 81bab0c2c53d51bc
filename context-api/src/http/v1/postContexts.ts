import { ContextsRequest, ContextsResponse } from "@sidelight/contracts/context/batch.ts";
import { getContexts } from "../../services/contexts/getContexts.ts";
import { ProblemError } from "../../services/problemError.ts";
import type { App } from "../env.ts";
import { listResponse } from "../jsonList.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { problemBody } from "../problem.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

/** 100 refs of 600 characters need 60 KB, or twice that when they are escaped. */
const maxBytes = 128 * 1024;

const operation = {
  path: "/v1/contexts",
  operationId: "getContexts",
  summary: "Get the contexts of up to 100 customers",
  description:
    "In the order of the request: a context or a problem for each ref. Look up e-mail addresses and phone numbers here, so that no URL contains them.",
  tags: ["Context"],
  security,
  schema: ContextsRequest,
  maxBytes,
  responses: { 200: json(ContextsResponse, "Contexts or problems, in order"), ...problems },
};

export function postContexts(app: App): void {
  jsonOperation(app, operation, async (c, body) => {
    // Each ref is a request of its own. The first one is counted already.
    if (body.refs.length > 1) await c.get("charge")(body.refs.length - 1);
    const answers = await getContexts(c.get("service"), body);
    const items = answers.map((answer) =>
      answer instanceof ProblemError ? Buffer.from(JSON.stringify(problemBody(answer, c.get("requestId")))) : answer.body,
    );
    return listResponse(items, privateNoStore);
  });
}
