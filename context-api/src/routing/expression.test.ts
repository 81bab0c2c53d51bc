import { describe, expect, it } from "vitest";
import { compile, ExpressionError, evaluateOn } from "./expression.ts";

const event = {
  event: { eventType: "zendesk.ticket.created", data: { n: 3 } },
  account: { arr: { amount: 60_000, currency: "EUR" } },
};
const evaluate = (source: string, document: Record<string, unknown> = event) => evaluateOn(compile(source), document);

describe("an expression", () => {
  it("evaluates on a document", async () => {
    expect(await evaluate('{"a": event.data.n * 2, "list": [1, 2]}')).toEqual({ a: 6, list: [1, 2] });
    expect(await evaluate("account.arr.amount > 50000")).toBe(true);
    expect(await evaluate("nothing.of.this")).toBeUndefined();
  });

  it.each([
    ["a syntax error", "event.(", ""],
    ["an unknown function", "$system('rm')", "T1006"],
    ["an endless loop", "($f := function($n) { $f($n + 1) }; $f(0))", "takes longer"],
    ["deep recursion", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(5000))", "deeper"],
    ["a too long list", "$sum([1..5000000])", ""],
  ])("with %s fails with its reason", async (_, source, reason) => {
    const error = await (async () => evaluate(source))().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpressionError);
    expect((error as Error).message).toContain(reason);
  });

  it("names the error inside $eval", async () => {
    await expect(evaluate("$eval('1 + event.eventType')")).rejects.toThrow(/D3121 near eval at character \d+: T2002/);
  });

  it("contains no value of the document in its error", async () => {
    const error = await evaluate("$number(event.secret)", { event: { secret: "ada@acme.example" } }).catch((e: unknown) => e);
    expect(String(error)).not.toContain("ada@");
  });

  it("can't read anything outside its document", async () => {
    for (const source of [
      "constructor",
      "__proto__.polluted",
      "$lookup(event, '__proto__')",
      "event.constructor.constructor('return process')()",
    ]) {
      const value = await evaluate(source).catch(() => undefined);
      expect(value === undefined || typeof value !== "function").toBe(true);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("an expression without an end", () => {
  it.each([
    ["a regular expression that backtracks", "$match(text, /^(a+)+$/)", { text: `${"a".repeat(50_000)}b` }, undefined],
    ["a regular expression with nested alternatives", "$contains(text, /^(a|a)*$/)", { text: `${"a".repeat(20_000)}b` }, false],
  ])("%s takes time in proportion to the text", async (_, source, document, expected) => {
    expect(await evaluate(source, document)).toBe(expected);
  });

  it.each([
    ["padding of 300 million characters", '$pad("", 3e8)', "100000 characters"],
    [
      "a text that doubles",
      '($f := function($x, $n){ $n = 0 ? $x : $f($x & $x, $n - 1)}; $length($replace($f("aaaaaaaa", 24), "a", "b")))',
      "MB",
    ],
    ["a picture of 100 million digits", '$fromMillis(0, "[Y,99999999-99999999]")', "MB"],
    ["a comparison of all with all", '$count($distinct([1..9999].{"a": $}))', "takes longer"],
  ])("is ended: %s", { timeout: 60_000 }, async (_, source, reason) => {
    const error = await evaluate(source).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpressionError);
    expect((error as ExpressionError).exceeded).toBe(true);
    expect((error as ExpressionError).message).toContain(reason);
    expect(await evaluate("1 + 1")).toBe(2);
  });

  it("does not fail the expressions that were evaluated with it", { timeout: 60_000 }, async () => {
    const firstEvaluations = Array.from({ length: 200 }, (_, n) => evaluate("n + 1", { n }));
    const failure = evaluate('$count($distinct([1..9998].{"b": $}))').catch((e: unknown) => e);
    const laterEvaluations = Array.from({ length: 200 }, (_, n) => evaluate("n + 2", { n }));
    expect(await Promise.all([...firstEvaluations, ...laterEvaluations])).toEqual([
      ...Array.from({ length: 200 }, (_, n) => n + 1),
      ...Array.from({ length: 200 }, (_, n) => n + 2),
    ]);
    expect(await failure).toBeInstanceOf(ExpressionError);
  });

  it("is paused after it was ended three times", { timeout: 60_000 }, async () => {
    const source = '$fromMillis(0, "[Y,99999998-99999998]")';
    const messages: string[] = [];
    for (let i = 0; i < 4; i++) messages.push(String(await evaluate(source).catch((e: unknown) => e)));
    expect(messages.map((message) => message.includes("paused"))).toEqual([false, false, false, true]);
  });
});

describe("a regular expression", () => {
  it("matches, replaces and splits as JSONata documents it", async () => {
    expect(await evaluate('$match("ab12cd34", /([a-z]+)([0-9]+)/i).groups[0]')).toEqual(["ab", "cd"]);
    expect(await evaluate('$replace("265USD", /([0-9]+)USD/, "$$$1")')).toBe("$265");
    expect(await evaluate('$split("so many  words", /[ ]+/)')).toEqual(["so", "many", "words"]);
    expect(await evaluate('"Kündigung" ~> /kündig/i')).toMatchObject({ match: "Kündig" });
  });
});
