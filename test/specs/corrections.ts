import type { Node } from "./schema.ts";
import type { Parameter, Specification } from "./specification.ts";

/** A difference between a specification and the platform's prose documentation or responses. */
export interface Correction {
  /** The path to a node of the document. */
  at: string[];
  /** Merged into the node. */
  set?: Node;
  /** Parameters that the prose documents and the specification omits. */
  parameters?: Parameter[];
  why: string;
}

const properties = (schema: string): string[] => ["components", "schemas", schema, "properties"];
const get = (path: string): string[] => ["paths", `/api/v2/${path}`, "get"];
const inQuery = (types: Record<string, "string" | "integer">): Parameter[] =>
  Object.entries(types).map(([name, type]) => ({ name, in: "query", schema: { type } }));
const zendesk = (schema: string): Node => ({ $ref: `spec:/zendesk/support#/components/schemas/${schema}` });
const list = (items: Node): Node => ({ type: "array", items });
const emptyText: Node = { type: "string", nullable: true };

// Documented once for the whole API, and omitted from each operation.
const lists = [
  "GroupsResponse",
  "OrganizationsResponse",
  "SatisfactionRatingsResponse",
  "TicketAuditsResponseNoneCursor",
  "TicketCommentsResponse",
  "TicketFieldsResponse",
  "TicketsResponse",
  "UserIdentitiesResponse",
  "UsersResponse",
];
const paging = "Paging is documented for all lists at once";
const pages: Node = {
  meta: { type: "object", properties: { has_more: { type: "boolean" }, after_cursor: emptyText, before_cursor: emptyText } },
  links: { type: "object", properties: { next: emptyText, prev: emptyText } },
  next_page: emptyText,
  previous_page: emptyText,
  count: { type: "integer" },
};
const sideloaded = [
  "incremental/tickets/cursor",
  "incremental/users/cursor",
  "tickets",
  "tickets/show_many",
  "tickets/{ticket_id}",
  "users/{user_id}",
];
const sideloading = "Sideloads (`include`) are documented for all endpoints at once";
const besideTickets: Node = {
  users: list(zendesk("UserObject")),
  organizations: list(zendesk("OrganizationObject")),
  groups: list(zendesk("GroupObject")),
  metric_sets: list(zendesk("TicketMetricObject")),
};
const besideUsers: Node = {
  identities: list(zendesk("UserIdentityObject")),
  organizations: list(zendesk("OrganizationObject")),
  groups: list(zendesk("GroupObject")),
};

// Null in Zendesk's responses where nothing is set.
const canBeNull: Record<string, string[]> = {
  TicketObject: ["external_id", "recipient", "assignee_id", "organization_id", "forum_topic_id", "problem_id"],
  UserForAdmin: ["default_group_id", "signature", "last_login_at"],
  SatisfactionRatingObject: ["comment", "reason", "reason_id"],
  TicketMetricObject: ["assigned_at", "initially_assigned_at", "assignee_updated_at", "solved_at"],
  TicketMetricTimeObject: ["calendar", "business"],
};

const ofZendesk: Correction[] = [
  ...Object.entries(canBeNull).flatMap(([schema, fields]) =>
    fields.map((field) => ({
      at: [...properties(schema), field],
      set: { nullable: true },
      why: "Null in Zendesk's responses where nothing is set",
    })),
  ),
  {
    at: properties("TicketObject"),
    set: {
      type: { enum: ["problem", "incident", "question", "task", null] },
      priority: { enum: ["urgent", "high", "normal", "low", null] },
    },
    why: "Null in Zendesk's responses where nothing is set",
  },
  {
    at: [...properties("ExportIncrementalOrganizationsResponse"), "end_time"],
    set: { nullable: true },
    why: "Does not cover an export without changes; the simulator returns the harder response",
  },
  {
    at: properties("TicketObject"),
    set: { generated_timestamp: { type: "integer" }, fields: list({ type: "object" }) },
    why: "The prose has generated_timestamp among a ticket's properties; `fields` is the old name of custom_fields",
  },
  {
    at: [...properties("TicketObject"), "custom_fields", "items", "properties"],
    set: { value: { anyOf: [{ type: ["string", "boolean", "null"] }, list({ type: "string" })] } },
    why: "Allows strings only; a checkbox is a boolean, a multi-select a list, and an unset field null",
  },
  {
    at: [...properties("TicketUpdateInput"), "custom_fields"],
    set: {
      items: {
        type: "object",
        required: ["id", "value"],
        properties: { id: { type: "integer" }, value: { type: ["string", "number", "boolean", "null", "array"] } },
      },
    },
    why: "Requires key, type and title, as in a field definition; a value is written as {id, value}",
  },
  {
    at: ["paths", "/api/v2/tickets/update_many", "put"],
    set: {
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: {
                ticket: {
                  allOf: [
                    zendesk("TicketUpdateInput"),
                    { properties: { additional_tags: list({ type: "string" }), remove_tags: list({ type: "string" }) } },
                  ],
                },
                tickets: list({ allOf: [zendesk("TicketUpdateInput"), { properties: { id: { type: "integer" } } }] }),
              },
            },
          },
        },
      },
    },
    why: "Has no request body; the prose shows {ticket: {…}}, with additional_tags and remove_tags in it, and {tickets: [{id, …}]}",
  },
  {
    at: properties("TicketUpdateInput"),
    set: { metadata: { type: "object" } },
    why: "Listed among a ticket's properties as write-only; the prose sets it with an update",
  },
  ...["tickets", "users"].map((resource) => ({
    at: ["paths", `/api/v2/${resource}`, "post"],
    parameters: [{ name: "Idempotency-Key", in: "header" as const, schema: { type: "string" } }],
    why: "The header is documented in the introduction of the API for creating tickets; nothing relies on it for users",
  })),
  {
    at: ["paths", "/api/v2/tickets", "post", "responses", "201", "content", "application/json"],
    set: { schema: zendesk("TicketUpdateResponse") },
    why: "A created ticket is returned with its audit, as an updated one is",
  },
  {
    at: ["components", "schemas", "SearchResultObject"],
    set: { additionalProperties: true },
    why: "A result is a full ticket, user or organization; only their common properties are named",
  },
  {
    at: ["components", "parameters", "OrganizationExternalId"],
    set: { schema: { type: "string" } },
    why: "Typed integer; an external id is text in all other operations",
  },
  ...["tickets", "users"].map((resource) => ({
    at: ["paths", `/api/v2/incremental/${resource}/cursor`, "parameters", "1"],
    set: { $ref: undefined, name: "start_time", in: "query", schema: { type: "integer" } },
    why: "Required; in the prose only for the first page, and replaced by a cursor afterwards",
  })),
  {
    at: get("incremental/tickets/cursor"),
    parameters: inQuery({ per_page: "integer" }),
    why: "Listed for the export of users only; the prose has it for both",
  },
  {
    at: get("satisfaction_ratings"),
    parameters: inQuery({ score: "string", start_time: "integer", end_time: "integer" }),
    why: "The filters are only in the description",
  },
  ...sideloaded.map((path) => ({ at: get(path), parameters: inQuery({ include: "string" }), why: sideloading })),
  ...["organizations", "satisfaction_ratings", "tickets", "tickets/{ticket_id}/audits"].map((path) => ({
    at: get(path),
    parameters: inQuery({ "page[size]": "integer", "page[after]": "string" }),
    why: paging,
  })),
  ...lists.map((schema) => ({ at: properties(schema), set: pages, why: paging })),
  ...["TicketResponse", "TicketsResponse", "CursorBasedExportIncrementalTicketsResponse"].map((schema) => ({
    at: properties(schema),
    set: besideTickets,
    why: sideloading,
  })),
  ...["UserResponse", "CursorBasedExportIncrementalUsersResponse"].map((schema) => ({
    at: properties(schema),
    set: besideUsers,
    why: sideloading,
  })),
];

/** One update of an ingestion operation that accepts a list. */
const itemOf = (path: string): Node => {
  const step = encodeURIComponent(path.replaceAll("/", "~1"));
  return { $ref: `spec:/mixpanel/ingestion#/paths/${step}/post/requestBody/content/application~1json/schema/items` };
};

const profileOperations = ["set", "set-once", "numerical-add", "union", "list-append", "list-remove", "unset", "delete"];

const ofIngestion: Correction[] = [
  ...profileOperations.map((operation) => ({
    at: [
      "paths",
      `/engage#profile-${operation}`,
      "post",
      "requestBody",
      "content",
      "application/json",
      "schema",
      "items",
      "properties",
    ],
    set: { $ignore_time: { type: "boolean" } },
    why:
      "Omitted; the prose reference (mixpanel.com/help/reference/http#people-analytics-updates) has it for all profile updates: when " +
      "true, the update does not move the profile's Last Seen. Mixpanel's own Node.js library sends it as a modifier",
  })),
  {
    at: ["paths", "/import", "post", "parameters", "1"],
    set: { required: false },
    why: "Required; in the prose the project's token authenticates a request without project_id",
  },
  {
    at: ["components", "responses", "Received", "content"],
    set: {
      "application/json": {
        schema: {
          anyOf: [
            {
              type: "object",
              required: ["status", "error"],
              properties: { status: { type: "integer", enum: [0, 1] }, error: emptyText },
              additionalProperties: false,
            },
            {
              type: "object",
              required: ["code", "status"],
              properties: { code: { type: "integer" }, status: { type: "string" }, num_good_events: { type: "integer" } },
              additionalProperties: false,
            },
          ],
        },
      },
    },
    why: "With verbose=1 the response is {status, error}, as that parameter's description has it; strict=1 has no documented form",
  },
  ...(["union", "delete"] as const).map((operation) => ({
    at: ["paths", `/groups#group-${operation}`, "post", "requestBody", "content", "application/json", "schema", "items"],
    set: { required: ["$token", "$group_key", "$group_id", `$${operation}`] },
    why: "Requires another operation's key ($unset, $set) instead of its own",
  })),
  ...Object.entries({
    "/engage#profile-": profileOperations,
    "/groups#group-": ["set", "set-once", "unset", "remove-from-list", "union", "delete"],
  }).map(([path, single]) => ({
    at: ["paths", `${path}batch-update`, "post", "requestBody", "content", "application/json"],
    set: { schema: list({ anyOf: single.map((operation) => itemOf(path + operation)) }) },
    why: "Typed as text; in its description a list of the other operations' values",
  })),
];

const engage = ["paths", "/engage", "post"];
const ofQuery: Correction[] = [
  {
    at: [...engage, "responses", "200", "content", "application/json", "schema", "properties", "results", "items", "properties"],
    set: { $distinct_id: { type: "string" } },
    why: "Typed integer; a distinct id is any text of the customer's product",
  },
  {
    at: [...engage, "requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties"],
    set: { output_properties: { type: "string" } },
    why: "Typed as a list; in its description a JSON array, which is text in a form",
  },
];

export const corrections: Partial<Record<Specification, Correction[]>> = {
  "zendesk/support": ofZendesk,
  "mixpanel/ingestion": ofIngestion,
  "mixpanel/query": ofQuery,
};
