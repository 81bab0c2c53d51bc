import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backwardBreaks, forwardBreaks } from "./compatibility.ts";

const object = (properties: object, requiredNames: string[] = []) => ({
  type: "object",
  properties,
  required: requiredNames,
  additionalProperties: {},
});
const text = { type: "string" };

describe("compatibility", () => {
  const previous = object({ a: text, kind: { enum: ["x", "y"] } }, ["a"]);
  it.each([
    ["a new member", object({ ...previous.properties, b: text }, ["a"]), 0, 0],
    ["a member that became required", object({ ...previous.properties, b: text }, ["a", "b"]), 1, 0],
    ["a member that became optional", object(previous.properties, []), 0, 1],
    ["a changed type", object({ ...previous.properties, a: { type: "number" } }, ["a"]), 1, 1],
    ["an added value", object({ ...previous.properties, kind: { enum: ["x", "y", "z"] } }, ["a"]), 0, 1],
    ["a removed value", object({ ...previous.properties, kind: { enum: ["x"] } }, ["a"]), 1, 0],
    ["an added null", object({ ...previous.properties, a: { anyOf: [text, { type: "null" }] } }, ["a"]), 0, 1],
  ])("finds what %s breaks", (_, next, backward, forward) => {
    expect([backwardBreaks(previous, next).length, forwardBreaks(previous, next).length]).toEqual([backward, forward]);
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

  it("finds nothing between equal schemas", () => {
    fc.assert(
      fc.property(schema, (s) => {
        expect(backwardBreaks(s as Record<string, unknown>, s as Record<string, unknown>)).toEqual([]);
      }),
    );
  });
});
