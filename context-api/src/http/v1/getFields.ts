import { createRoute, z } from "@hono/zod-openapi";
import { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import { listFields } from "../../services/fields/listFields.ts";
import type { App } from "../env.ts";
import { wholeNumber } from "../query.ts";
import { json, noStore, problems, security } from "./shared.ts";

const Window = z.strictObject({
  hours: wholeNumber(1, 168).default(24).openapi({ description: "Length of the time window" }),
});

const route = createRoute({
  method: "get",
  path: "/v1/fields",
  operationId: "getFields",
  summary: "List the fields that several platforms keep, with their conflicts and writes",
  description:
    "Owner, direction and rule of each field, whether it is enabled, and what to do next. Open conflicts and waiting writes are counted now, all others in the time window. Needs the right `operate`.",
  tags: ["Fields"],
  security,
  request: { query: Window },
  responses: { 200: json(Fields, "All fields, in the order of the configuration"), ...problems },
});

export function getFields(app: App): void {
  app.openapi(route, async (c) => c.json(await listFields(c.get("service"), c.req.valid("query")), 200, noStore));
}
