import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readJson } from "./json.ts";

const read = (text: string) => readJson(Buffer.from(text));

describe("JSON from outside", () => {
  it("is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(read(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  it("may begin with a byte order mark", () => {
    expect(read('\uFEFF{"a":1}')).toEqual({ value: { a: 1 } });
  });

  it("does not count brackets and commas inside of strings", () => {
    expect(read(JSON.stringify({ text: '[{"\\,'.repeat(300_000) }))).toHaveProperty("value");
  });

  it.each([
    ["an empty body", "", "is empty, not JSON"],
    ["text", "hello", "is not valid JSON"],
    ["a truncated object", '{"a":', "is not valid JSON"],
    ["two values", "{}{}", "is not valid JSON"],
    ["arrays that are nested too deeply", `${"[".repeat(65)}${"]".repeat(65)}`, "is nested more than 64 levels deep"],
    ["objects that are nested too deeply", `${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)}`, "is nested more than 64 levels deep"],
    ["brackets that are never closed", "[".repeat(1_000_000), "is nested more than 64 levels deep"],
    ["too many values", `[${"0,".repeat(200_000)}0]`, "has more than 200000 values"],
    ["too many empty arrays", `[${"[],".repeat(150_000)}[]]`, "has more than 200000 values"],
  ])("refuses %s", (_, text, problem) => {
    expect(read(text)).toEqual({ problem });
  });

  it("refuses bytes that are not UTF-8", () => {
    expect(readJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toEqual({ problem: "is not UTF-8" });
  });

  it("gives a member named __proto__ no effect on other objects", () => {
    const { value } = read('{"__proto__":{"isAdmin":true}}') as { value: object };
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});
