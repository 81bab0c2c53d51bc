import { Alert, MuteRequest } from "@sidelight/contracts/connections/alert.ts";
import { muteAlert as mute } from "../../services/alerts/muteAlert.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { IdParam, json, notFound, privateNoStore, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/alerts/{id}/mute",
  operationId: "muteAlert",
  summary: "Send no message about an alert for a time",
  description:
    "Send `minutes`, or `until`, at most 30 days ahead; 0 minutes end it. The alert stays open and listed. If it is open afterwards, it is sent then. Needs the right `operate`.",
  tags: ["Operations"],
  security,
  schema: MuteRequest,
  params: IdParam,
  responses: { 200: json(Alert, "The alert"), ...problems, ...notFound },
};

export function muteAlert(app: App): void {
  jsonOperation(app, operation, async (c, request) =>
    c.json(await mute(c.get("service"), { id: c.req.param("id") ?? "", ...request }), 200, privateNoStore),
  );
}
