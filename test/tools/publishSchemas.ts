/** `npm run schemas`: writes the event schemas that are not published yet. A published one is never written again. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonSchemaOf } from "@sidelight/context-api/log/schema/registry.ts";
import { schemaFolders } from "../harness/eventSchemas.ts";

for (const { folder, schemas } of schemaFolders) {
  const path = fileURLToPath(folder);
  mkdirSync(path, { recursive: true });
  for (const schema of schemas) {
    const file = `${path}${schema.name}.v${schema.version}.json`;
    if (existsSync(file)) continue;
    writeFileSync(file, `${JSON.stringify(jsonSchemaOf(schema), null, 2)}\n`);
    console.log(`published ${schema.name} v${schema.version}`);
  }
}
