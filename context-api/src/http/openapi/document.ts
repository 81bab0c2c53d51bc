import { version } from "../../telemetry/version.ts";
import type { HttpDeps } from "../deps.ts";
import type { App } from "../env.ts";
import { addHeaders } from "./headers.ts";
import { nameInlineObjects } from "./nameInlineObjects.ts";
import { nameSchemas } from "./nameSchemas.ts";
import type { OpenApiDocument } from "./types.ts";
import { webhookContent } from "./webhookBodies.ts";

const tags = [
  { name: "Context", description: "Customers: what is known of them, and what happened to them." },
  { name: "Events", description: "The event log, and verified messages that could not be used." },
  { name: "Deliveries", description: "Effects that routes send to the platforms." },
  { name: "Actions", description: "What a person does about a customer, and the audit list." },
  { name: "Customers", description: "Companies that need a call." },
  { name: "Identity", description: "Who is the same customer, and what was decided about it." },
  { name: "Fields", description: "Fields that several platforms keep, and their conflicts." },
  { name: "Operations", description: "State of the connections, calls to the platforms, alerts." },
  { name: "Configuration", description: "The active configuration, its versions and routes." },
  { name: "Panels", description: "The panels as their platforms open them." },
  { name: "Webhooks", description: "Where platforms send their events." },
];

/** The description of all built operations. OpenAPI 3.0, because Salesforce External Services cannot import 3.1. */
export function openApiDocument(app: App, platforms: HttpDeps["platforms"]): OpenApiDocument {
  const contracts = nameSchemas();
  const document = app.getOpenAPIDocument({
    openapi: "3.0.3",
    info: {
      title: "Sidelight",
      version,
      description:
        "Everything that the connected platforms know about a customer, in one answer. Errors are problem+json (RFC 9457); /docs/errors explains each code.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      contact: { name: "The operator of this Sidelight", url: "/docs" },
    },
    servers: [{ url: "/", description: "This server" }],
    tags,
  });
  const webhooks = document.paths["/v1/webhooks/{tenant}/{platform}/{connectionToken}"]?.post;
  if (webhooks && platforms.length > 0) webhooks.requestBody = { required: true, content: webhookContent(platforms) as never };
  return nameInlineObjects(addHeaders(document), contracts);
}
