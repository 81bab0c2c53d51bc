import { type EventSchema, eventSchemas, jsonSchemaOf } from "./registry.ts";

/** AsyncAPI 3.0: the events that leave, as JSON Schema, and the stream of one customer. */
export function asyncApi(): Record<string, unknown> {
  const messages = Object.fromEntries(eventSchemas.map((schema) => [messageName(schema), message(schema)]));
  const refs = Object.fromEntries(Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Sidelight events",
      version: "1",
      description:
        "What GET /v1/events tells. Every event has the form `event`; the other messages say what `data` holds, by type.",
    },
    channels: {
      events: { address: "/v1/events", description: "The log, newest first", messages: refs },
      customer: {
        address: "/v1/context/{ref}/stream",
        description: "One customer, live, as server-sent events",
        parameters: { ref: { description: "As in zendesk.ticket:5158" } },
        messages: {
          section: { name: "section", payload: { type: "object", required: ["name", "section"] } },
          settled: { name: "settled", payload: { type: "object" } },
        },
      },
    },
    operations: { tellEvents: { action: "send", channel: { $ref: "#/channels/events" } } },
    components: { messages },
  };
}

const messageName = ({ name, version }: EventSchema): string => `${name}.v${version}`;

function message(schema: EventSchema): Record<string, unknown> {
  const { name, summary } = schema;
  return { name, title: messageName(schema), summary, contentType: "application/json", payload: jsonSchemaOf(schema) };
}
