import { describe, expect, it } from "vitest";
import { compile, ExpressionError } from "./expression.ts";

const event = {
  event: { eventType: "zendesk.ticket.created", data: { n: 3 } },
  account: { arr: { amount: 60_000, currency: "EUR" } },
};
const evaluate = (source: string) => compile(source).evaluate(event);

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

  it("is retried when a busy process made it exceed the time limit", async () => {
    expect(await compile("first + 1").evaluate(busyOnce())).toBe(2);
  });

  it("is retried when a busy process made an expression inside $eval exceed the time limit", async () => {
    expect(await compile("$eval('first + 1')").evaluate(busyOnce())).toBe(2);
  });

  it("names the error inside $eval", async () => {
    await expect(evaluate("$eval('1 + event.eventType')")).rejects.toThrow(/D3121 near eval at character \d+: T2002/);
  });

  it("contains no value of the document in its error", async () => {
    const error = await compile("$number(event.secret)")
      .evaluate({ event: { secret: "ada@acme.example" } })
      .catch((e: unknown) => e);
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

/** A document whose first read takes longer than an expression may. */
function busyOnce(): object {
  let isBusy = true;
  return {
    get first() {
      const end = performance.now() + (isBusy ? 150 : 0);
      while (performance.now() < end);
      isBusy = false;
      return 1;
    },
  };
}
