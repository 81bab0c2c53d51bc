import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asyncApi } from "./asyncapi.ts";
import { backwardBreaks, forwardBreaks } from "./compatibility.ts";
import { eventSchemas, jsonSchemaOf } from "./registry.ts";

const folder = fileURLToPath(new URL("published/", import.meta.url));
const published = readdirSync(folder).map((file) => {
  const [, name = "", version = ""] = /^(.+)\.v(\d+)\.json$/.exec(file) ?? [];
  return { name, version: Number(version), schema: JSON.parse(readFileSync(folder + file, "utf8")) as Record<string, unknown> };
});
const comparable = ({ $id: _, description: __, ...schema }: Record<string, unknown>) => schema;

describe("the schemas of events", () => {
  it("are published, each version as it is in use", () => {
    for (const schema of eventSchemas) {
      const file = published.find((p) => p.name === schema.name && p.version === schema.version);
      expect(
        file?.schema,
        `${schema.name} v${schema.version}: npm run schemas, after giving a changed one its next version`,
      ).toEqual(jsonSchemaOf(schema));
    }
  });

  it("can be read by, and can read, every version that was published", () => {
    for (const old of published) {
      const current = eventSchemas.filter((s) => s.name === old.name).sort((a, b) => b.version - a.version)[0];
      expect(current, `${old.name} was published and is gone`).toBeDefined();
      const next = jsonSchemaOf(current!);
      expect(backwardBreaks(comparable(old.schema), comparable(next)), `${old.name} v${old.version} → backward`).toEqual([]);
      expect(forwardBreaks(comparable(old.schema), comparable(next)), `${old.name} v${old.version} → forward`).toEqual([]);
    }
  });

  it("stand in the AsyncAPI document, with every reference leading somewhere", () => {
    const document = asyncApi() as {
      channels: { events: { messages: Record<string, { $ref: string }> } };
      components: { messages: object };
    };
    for (const { $ref } of Object.values(document.channels.events.messages)) {
      expect(document.components.messages).toHaveProperty([$ref.split("/").at(-1)!]);
    }
    expect(Object.keys(document.components.messages)).toHaveLength(eventSchemas.length);
  });
});

const object = (properties: object, required: string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: {},
});
const text = { type: "string" };

describe("compatibility", () => {
  const before = object({ a: text, kind: { enum: ["x", "y"] } }, ["a"]);
  it.each([
    ["a new member", object({ ...before.properties, b: text }, ["a"]), 0, 0],
    ["a newly required member", object({ ...before.properties, b: text }, ["a", "b"]), 1, 0],
    ["a member that needn't be any more", object(before.properties, []), 0, 1],
    ["another type", object({ ...before.properties, a: { type: "number" } }, ["a"]), 1, 1],
    ["a value more", object({ ...before.properties, kind: { enum: ["x", "y", "z"] } }, ["a"]), 0, 1],
    ["a value less", object({ ...before.properties, kind: { enum: ["x"] } }, ["a"]), 1, 0],
    ["null as well", object({ ...before.properties, a: { anyOf: [text, { type: "null" }] } }, ["a"]), 0, 1],
  ])("tells what %s breaks", (_, next, backward, forward) => {
    expect([backwardBreaks(before, next).length, forwardBreaks(before, next).length]).toEqual([backward, forward]);
  });

  const schema = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom({ type: "string" }, { type: "number" }, { type: "integer" }, { enum: ["x", "y"] }, { type: "null" }),
      fc.record({ type: fc.constant("array"), items: tie("any") }),
      fc.record({ anyOf: fc.array(tie("any"), { minLength: 1, maxLength: 3 }) }),
      fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any")).map((p) => object(p, Object.keys(p).slice(0, 1))),
    ),
  })).any;

  it("is given between anything and itself", () => {
    fc.assert(
      fc.property(schema, (s) => {
        expect(backwardBreaks(s as Record<string, unknown>, s as Record<string, unknown>)).toEqual([]);
      }),
    );
  });
});
