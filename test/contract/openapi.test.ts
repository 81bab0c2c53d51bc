import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

// OpenAPI 3.0 is not JSON Schema: what 3.1 allows breaks importers such as Salesforce External Services.
let harness: Harness;
// biome-ignore lint/suspicious/noExplicitAny: the document itself is what is looked into
let document: any;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
  document = (await harness.request("/openapi.json", { role: null })).body;
});
afterAll(() => harness.close());

/** Every schema in the document, with where it stands. */
function* schemas(node: unknown, pointer = "#"): Generator<[string, Record<string, unknown>]> {
  if (typeof node !== "object" || node === null) return;
  const isSchema =
    !Array.isArray(node) && ("type" in node || "anyOf" in node || "oneOf" in node || "allOf" in node || "enum" in node);
  if (isSchema && !pointer.endsWith("/properties")) yield [pointer, node as Record<string, unknown>];
  for (const [key, value] of Object.entries(node)) yield* schemas(value, `${pointer}/${key}`);
}

describe("the OpenAPI document", () => {
  it("is version 3.0 and says where it is served and how to sign in", () => {
    expect(document.openapi).toMatch(/^3\.0\.\d$/);
    expect(document.servers.length).toBeGreaterThan(0);
    expect(document.components.securitySchemes.bearer).toMatchObject({ type: "http", scheme: "bearer" });
  });

  it("uses nothing that version 3.1 brought", () => {
    let count = 0;
    for (const [pointer, schema] of schemas({ paths: document.paths, components: document.components.schemas })) {
      count += 1;
      if ("type" in schema && pointer.includes("/schema")) expect(typeof schema["type"], pointer).toBe("string");
      expect(schema["type"], pointer).not.toBe("null");
      for (const name of [
        "const",
        "$defs",
        "examples",
        "prefixItems",
        "propertyNames",
        "patternProperties",
        "unevaluatedProperties",
      ]) {
        expect(schema, pointer).not.toHaveProperty(name);
      }
      for (const name of ["exclusiveMinimum", "exclusiveMaximum"]) {
        if (name in schema) expect(typeof schema[name], pointer).toBe("boolean");
      }
    }
    expect(count).toBeGreaterThan(50);
  });

  it("gives every operation a name of its own, and every reference a target", () => {
    const operations = Object.values(
      document.paths as Record<string, Record<string, { operationId?: string; tags?: string[] }>>,
    ).flatMap((methods) => Object.values(methods));
    const namedOperations = operations.filter((o) => o.operationId);
    expect(new Set(namedOperations.map((o) => o.operationId)).size).toBe(namedOperations.length);
    for (const o of operations) if (!o.operationId) expect(o.tags).toEqual(["Not built yet"]);
    for (const [, target] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const targetNode = target!.split("/").reduce((node, name) => node?.[name], document);
      expect(targetNode, target).toBeDefined();
    }
  });

  it("describes each parameter that stands in a path", () => {
    for (const [path, methods] of Object.entries(
      document.paths as Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>,
    )) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(
          parameters.filter((p) => p.in === "path").map((p) => p.name),
          path,
        ).toEqual(names);
      }
    }
  });
});
