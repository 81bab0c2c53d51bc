/** `npm run schemas`: writes the schemas of events that were not published yet. One that was is never written again. */
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventSchemas, jsonSchemaOf } from "@sidelight/context-api/log/schema/registry.ts";

const folder = fileURLToPath(new URL("../../context-api/src/log/schema/published/", import.meta.url));
for (const schema of eventSchemas) {
  const file = `${folder}${schema.name}.v${schema.version}.json`;
  if (existsSync(file)) continue;
  writeFileSync(file, `${JSON.stringify(jsonSchemaOf(schema), null, 2)}\n`);
  console.log(`published ${schema.name} v${schema.version}`);
}
