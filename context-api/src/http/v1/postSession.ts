import { PanelSession, SessionRequest } from "@sidelight/contracts/sessions/session.ts";
import { createSession } from "../../services/sessions/createSession.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, noStore, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/sessions",
  operationId: "createSession",
  summary: "Create a panel session for one customer",
  description:
    "Call it with an API key from a place where the key is safe: the platform's proxy or a server. The token may be used in a browser. It reads this one ref with the key's role, for ten minutes, and ends when the key is revoked.",
  tags: ["Context"],
  security,
  schema: SessionRequest,
  responses: { 201: json(PanelSession, "The session"), ...problems },
};

export function postSession(app: App): void {
  jsonOperation(app, operation, async (c, body) => c.json(await createSession(c.get("service"), body), 201, noStore));
}
