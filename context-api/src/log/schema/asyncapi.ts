import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { jsonSchemaOf } from "./registry.ts";

/** The AsyncAPI 3.0 document: the events of the API as JSON Schema, and the stream of one customer. */
export function asyncApi(eventSchemas: readonly EventSchema[]): Record<string, unknown> {
  const messages = Object.fromEntries(eventSchemas.map((schema) => [messageName(schema), message(schema)]));
  const refs = Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Sidelight events",
      version: "1",
      description:
        "The events of GET /v1/events. Every event has the schema `event`. The other schemas describe its `data`, by type.",
    },
    channels: {
      events: { address: "/v1/events", description: "The log, newest first", messages: refs },
      customer: {
        address: "/v1/context/{ref}/stream",
        description: "The context of one customer as server-sent events",
        parameters: { ref: { description: "As in zendesk.ticket:5158" } },
        messages: {
          section: { name: "section", payload: { type: "object", required: ["name", "section"] } },
          settled: { name: "settled", payload: { type: "object" } },
        },
      },
    },
    operations: { sendEvents: { action: "send", channel: { $ref: "#/channels/events" } } },
    components: { messages },
  };
}

const messageName = ({ name, version }: EventSchema): string => `${name}.v${version}`;

function message(schema: EventSchema): Record<string, unknown> {
  const { name, summary } = schema;
  return { name, title: messageName(schema), summary, contentType: "application/json", payload: jsonSchemaOf(schema) };
}
