import type { Platform } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";

type Sender = Pick<Platform, "name" | "label" | "webhooks">;

/** Content of the webhook operation's request body: by media type, what each platform sends. */
export function webhookContent(platforms: readonly Sender[]): Record<string, { schema: object }> {
  const bodies = platforms.flatMap(({ name, label, webhooks }) =>
    Object.entries(webhooks).map(([kind, { body }]) => ({
      mediaType: body.mediaType,
      schema: { ...schemaOf(body.schema), title: `${name} ${kind}`, description: `${label}, ${kind}: ${body.description}` },
    })),
  );
  const mediaTypes = [...new Set(bodies.map(({ mediaType }) => mediaType))];
  return Object.fromEntries(
    mediaTypes.map((mediaType) => {
      const schemas = bodies.filter((body) => body.mediaType === mediaType).map(({ schema }) => schema);
      return [mediaType, { schema: schemas.length === 1 && schemas[0] ? schemas[0] : { anyOf: schemas } }];
    }),
  );
}

/** As the sender writes it: before values are converted. */
function schemaOf(schema: z.ZodType | undefined): object {
  return schema ? z.toJSONSchema(schema, { target: "openapi-3.0", io: "input", unrepresentable: "any" }) : { type: "string" };
}
