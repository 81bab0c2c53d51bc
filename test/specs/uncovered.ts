/** A request that no specification in this folder covers. `*` matches any value. */
export interface Uncovered {
  platform: "salesforce" | "zendesk" | "mixpanel";
  method: string;
  path: string;
  why: string;
}

export const uncovered: readonly Uncovered[] = [
  {
    platform: "salesforce",
    method: "*",
    path: "*",
    why: "Salesforce publishes no OpenAPI document of its core REST interface: it is generated for each org.",
  },
  {
    platform: "zendesk",
    method: "POST",
    path: "/oauth/tokens",
    why: "Signing in is documented in prose; the request follows RFC 6749.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/api/v2/guide/survey_responses",
    why: "CSAT Survey Responses are documented in prose; the Support specification lacks them.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/oauth/authorizations/new",
    why: "A page for people. Only the simulator responds without a person.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/api/v2/users/{id}/tickets/requested",
    why: "Documented under List Tickets, and missing from the specification.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/api/v2/organizations/{id}/tickets",
    why: "Documented under List Tickets, and missing from the specification.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/api/v2/organizations/{id}/users",
    why: "Documented under List Users, and missing from the specification. Only the lab's tests ask for it.",
  },
  {
    platform: "zendesk",
    method: "GET",
    path: "/api/v2/tickets/{id}/metrics",
    why: "Documented under Ticket Metrics, and missing from the specification. Only the lab's tests ask for it.",
  },
  {
    platform: "zendesk",
    method: "PUT",
    path: "/api/v2/users/{id}/tags",
    why: "Documented under Tags, which has it for users beside tickets; the specification has it for tickets only.",
  },
  ...["/track", "/engage", "/groups"].map((path) => ({
    platform: "mixpanel" as const,
    method: "GET",
    path,
    why: "Mixpanel's own SDKs send single updates in the query, as `data`. The specification has POST only.",
  })),
];
