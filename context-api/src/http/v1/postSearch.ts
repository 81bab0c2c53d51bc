import { SearchRequest, SearchResult } from "@sidelight/contracts/search/search.ts";
import { search } from "../../services/search/search.ts";
import type { App } from "../env.ts";
import { jsonOperation } from "../jsonOperation.ts";
import { json, privateNoStore, problems, security } from "./shared.ts";

const operation = {
  path: "/v1/search",
  operationId: "search",
  summary: "Find what an id or a value names",
  description:
    "Takes any ref, e-mail address, phone number or domain, any id of a platform's record or event, and the ids of requests, events, deliveries, alerts and quarantined messages. Reads the store only. Labels are masked by role; deliveries, requests, messages and the audit need the right `operate`. Needs the right `events`.",
  tags: ["Operations"],
  security,
  schema: SearchRequest,
  responses: { 200: json(SearchResult, "What was found"), ...problems },
};

export function postSearch(app: App): void {
  jsonOperation(app, operation, async (c, body) => c.json(await search(c.get("service"), body), 200, privateNoStore));
}
