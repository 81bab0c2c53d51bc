import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "./expression.ts";
import { type ExpressionReply, interpret } from "./interpreter.ts";
import { plainExpression } from "./plainExpression.ts";

const evaluate = (source: string, document: Record<string, unknown>, notLoaded: string[] = []) =>
  plainExpression(parse(source))?.({ document, notLoaded }) ?? null;

const name = fc.constantFrom("event", "data", "user", "customer", "a b", "constructor", "toString", "length", "0");
const scalarValue = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null));
const { value: data } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalarValue,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.map((part) => `\`${part}\``).join("."));
const literal = fc.oneof(
  fc.constantFrom("true", "false", "null", "-1", "2.5"),
  fc.string({ unit: fc.constantFrom("a", "ä", " ", "\u{1F600}") }).map((text) => JSON.stringify(text)),
);
const { source } = fc.letrec((tie) => ({
  source: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    path,
    literal,
    fc
      .uniqueArray(fc.tuple(name, tie("source")), { selector: ([key]) => key, maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(", ")}}`),
  ),
}));
const document = fc.dictionary(fc.constantFrom("event", "ref", "data"), data, { noNullPrototype: true });

/** The members that were read are a set: the interpreter reads several at once. */
const inOrder = (reply: ExpressionReply): ExpressionReply =>
  reply.kind === "value" ? { ...reply, read: reply.read.toSorted() } : reply;

describe("a plain expression", () => {
  it("gives the interpreter's reply for every document without lists", async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(source as fc.Arbitrary<string>, document, async (text, values) => {
        const reply = evaluate(text, values);
        if (reply === null) return;
        count += 1;
        expect(inOrder(reply)).toEqual(inOrder(await interpret(text, { document: values, notLoaded: [] })));
      }),
      { numRuns: 500 },
    );
    expect(count).toBeGreaterThan(100);
  });

  it("names the member that must be loaded first", () => {
    expect(evaluate('{"plan": account.plan}', { event: {} }, ["account"])).toEqual({ kind: "not_loaded", member: "account" });
    expect(evaluate("event.customer.id", { event: {} }, ["event.customer"])).toEqual({
      kind: "not_loaded",
      member: "event.customer",
    });
  });

  it("reports the members of the document that it read", () => {
    const reply = evaluate('{"a": event.data, "b": record.status, "c": nothing}', {
      event: { data: 1 },
      record: { status: "new" },
    });
    expect(reply).toEqual({ kind: "value", value: { a: 1, b: "new" }, read: ["event", "record"] });
  });

  it.each([
    ["a list", "event.list"],
    ["a member of the elements of a list", "event.list.name"],
    ["an object", "event"],
    ["a long text", "event.text"],
  ])("leaves %s to the interpreter", (_, text) => {
    expect(evaluate(text, { event: { list: [{ name: "a" }], text: "x".repeat(20_000) } })).toBeNull();
  });

  it.each([
    "event.data[0]",
    "event.list[]",
    "event.**",
    "$.event",
    "event.a & event.b",
    "event.($x := 1)",
    '{"a": 1, "a": 2}',
    '{"__proto__": 1}',
    "{event.type: 1}",
    '$eval("1")',
    "event{data: $count($)}",
    "[1, 2]",
    "event^(data)",
    "(event)",
  ])("is not: %s", (text) => {
    expect(plainExpression(parse(text))).toBeNull();
  });
});
