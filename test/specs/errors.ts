import type { Exchange } from "./exchange.ts";
import type { Schema } from "./schema.ts";

const text = { type: "string" };
const object = (properties: Record<string, Schema>, required = Object.keys(properties)): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/** Errors of any request that the specification does not repeat in every operation. */
export const refusals: Record<Exchange["platform"], { statuses: readonly number[]; body: Schema }> = {
  zendesk: {
    statuses: [400, 401, 403, 404, 409, 422, 429, 500, 503],
    body: {
      anyOf: [
        object({ error: text, description: text, details: { type: "object" } }, ["error"]),
        object({ error: object({ title: text, message: text }) }),
        // OAuth's own form: RFC 6750.
        object({ error: text, error_description: text }),
        { $ref: "spec:/zendesk/support#/components/schemas/Errors", required: ["errors"] },
      ],
    },
  },
  mixpanel: {
    statuses: [400, 401, 403, 404, 429, 500, 503],
    body: {
      anyOf: [
        { $ref: "spec:/mixpanel/ingestion#/components/schemas/ErrorResponse", required: ["error", "status"] },
        // The documented errors of /import for 401, 413 and 429.
        object({ code: { type: "integer" }, error: text, status: text }),
      ],
    },
  },
};
