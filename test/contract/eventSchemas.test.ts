import { readdirSync, readFileSync } from "node:fs";
import { asyncApi } from "@sidelight/context-api/log/schema/asyncapi.ts";
import { backwardBreaks, forwardBreaks } from "@sidelight/context-api/log/schema/compatibility.ts";
import { jsonSchemaOf } from "@sidelight/context-api/log/schema/registry.ts";
import { describe, expect, it } from "vitest";
import { schemaFolders } from "../harness/eventSchemas.ts";

const publishedSchemas = schemaFolders.flatMap(({ folder }) =>
  readdirSync(folder).map((file) => {
    const [, name = "", version = ""] = /^(.+)\.v(\d+)\.json$/.exec(file) ?? [];
    return { name, version: Number(version), schema: JSON.parse(readFileSync(new URL(file, folder), "utf8")) as object };
  }),
);
const eventSchemas = schemaFolders.flatMap(({ schemas }) => schemas);
const comparable = (schema: object) => {
  const { $id: _, description: __, ...members } = schema as Record<string, unknown>;
  return members;
};

describe("the event schemas", () => {
  it("equal their published versions", () => {
    for (const schema of eventSchemas) {
      const file = publishedSchemas.find((p) => p.name === schema.name && p.version === schema.version);
      expect(
        file?.schema,
        `${schema.name} v${schema.version}: give a changed schema its next version and run npm run schemas`,
      ).toEqual(jsonSchemaOf(schema));
    }
  });

  it("have unique names and versions", () => {
    const names = eventSchemas.map(({ name, version }) => `${name}.v${version}`);
    expect(new Set(names).size).toBe(names.length);
  });

  it("are backward and forward compatible with every published version", () => {
    for (const { name, version, schema } of publishedSchemas) {
      const current = eventSchemas.filter((s) => s.name === name).sort((a, b) => b.version - a.version)[0];
      expect(current, `the published schema ${name} was removed`).toBeDefined();
      const next = comparable(jsonSchemaOf(current!));
      expect(backwardBreaks(comparable(schema), next), `${name} v${version} → backward`).toEqual([]);
      expect(forwardBreaks(comparable(schema), next), `${name} v${version} → forward`).toEqual([]);
    }
  });

  it("are all in the AsyncAPI document, and all its references resolve", () => {
    const document = asyncApi(eventSchemas) as {
      channels: { events: { messages: Record<string, { $ref: string }> } };
      components: { messages: object };
    };
    for (const { $ref } of Object.values(document.channels.events.messages)) {
      expect(document.components.messages).toHaveProperty([$ref.split("/").at(-1)!]);
    }
    expect(Object.keys(document.components.messages)).toHaveLength(eventSchemas.length);
  });
});
