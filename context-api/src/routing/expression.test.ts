import { describe, expect, it } from "vitest";
import { compile, ExpressionError } from "./expression.ts";

const event = {
  event: { eventType: "zendesk.ticket.created", data: { n: 3 } },
  account: { arr: { amount: 60_000, currency: "EUR" } },
};
const given = (source: string) => compile(source).evaluate(event);

describe("an expression", () => {
  it("maps a document", async () => {
    expect(await given('{"a": event.data.n * 2, "list": [1, 2]}')).toEqual({ a: 6, list: [1, 2] });
    expect(await given("account.arr.amount > 50000")).toBe(true);
    expect(await given("nothing.of.this")).toBeUndefined();
  });

  it.each([
    ["no JSONata", "event.(", ""],
    ["an unknown function", "$system('rm')", "T1006"],
    ["a loop without end", "($f := function($n) { $f($n + 1) }; $f(0))", "takes longer"],
    ["recursion that goes deep", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(5000))", "deeper"],
    ["work without end", "$sum([1..5000000])", ""],
  ])("with %s is refused, and soon", async (_, source, why) => {
    const started = performance.now();
    const error = await (async () => given(source))().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ExpressionError);
    expect((error as Error).message).toContain(why);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it("is tried again where the process was busy for longer than it may take", async () => {
    let isBusy = true;
    const document = {
      get first() {
        const end = performance.now() + (isBusy ? 150 : 0);
        while (performance.now() < end);
        isBusy = false;
        return 1;
      },
    };
    expect(await compile("first + 1").evaluate(document)).toBe(2);
  });

  it("repeats nothing of what it was given when it fails", async () => {
    const error = await compile("$number(event.secret)")
      .evaluate({ event: { secret: "ada@acme.example" } })
      .catch((e: unknown) => e);
    expect(String(error)).not.toContain("ada@");
  });

  it("can't reach beyond its document", async () => {
    for (const source of [
      "constructor",
      "__proto__.polluted",
      "$lookup(event, '__proto__')",
      "event.constructor.constructor('return process')()",
    ]) {
      const value = await given(source).catch(() => undefined);
      expect(value === undefined || typeof value !== "function").toBe(true);
    }
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
