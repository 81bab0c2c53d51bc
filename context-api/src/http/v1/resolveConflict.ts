import { ResolvedConflict, ResolveRequest } from "@sidelight/contracts/conflicts/conflict.ts";
import { resolveConflict as resolve } from "../../services/conflicts/resolveConflict.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { IdParam, json, notFound, privateNoStore, problem, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/conflicts/{id}/resolve",
  operationId: "resolveConflict",
  summary: "Decide an open conflict",
  description:
    "Send `platform` to take its value, or `value`. The value is written to every platform that has another one. Needs the right `operate`.",
  tags: ["Fields"],
  security,
  schema: ResolveRequest,
  params: IdParam,
  responses: {
    200: json(ResolvedConflict, "The decision. It is durable; the writes follow"),
    ...problems,
    ...notFound,
    409: problem("conflict: it is resolved, or its field is not enabled"),
  },
};

export function resolveConflict(app: App): void {
  jsonOperation(app, operation, async (c, request) => {
    const input = { id: c.req.param("id") ?? "", ...request };
    return c.json(await resolve(c.get("service"), input), 200, privateNoStore);
  });
}
