import { coreEventSchemas } from "@sidelight/context-api/log/schema/registry.ts";
import type { EventSchema } from "@sidelight/platform-kit/eventSchema.ts";
import { allPlatforms } from "./platforms.ts";

/** Where the schemas of an owner are published. */
export interface SchemaFolder {
  folder: URL;
  schemas: readonly EventSchema[];
}

const root = new URL("../../context-api/", import.meta.url);

/** The folders of the server and of its platforms. */
export const schemaFolders: readonly SchemaFolder[] = [
  { folder: new URL("src/log/schema/published/", root), schemas: coreEventSchemas },
  ...allPlatforms.flatMap(({ name, eventSchemas = [] }) =>
    eventSchemas.length > 0 ? [{ folder: new URL(`platforms/${name}/schemas/`, root), schemas: eventSchemas }] : [],
  ),
];
