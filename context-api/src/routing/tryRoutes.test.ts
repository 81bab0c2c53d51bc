import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RoutingConfig } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { compileRoutes } from "./routes.ts";
import { tryRoutes } from "./tryRoutes.ts";

const action = {
  input: z.strictObject({
    ticket: z.string(),
    kind: z.enum(["note", "call"]),
    fields: z.array(z.strictObject({ id: z.number(), value: z.union([z.string(), z.number(), z.null()]) })).min(1),
    more: z.record(z.string(), z.unknown()).optional(),
  }),
};
const desk = {
  id: "desk",
  platform: { label: "Desk", name: "desk", objects: { ticket: {} }, samples: { ticket: { kind: "ticket", subject: "Export" } } },
  connector: { actions: { say: action } },
} as unknown as Connection;
const good = '{ "ticket": ref, "kind": "note", "fields": [{ "id": 1, "value": account.arr.amount }] }';

async function issues(overrides: object): Promise<string[]> {
  const route = { id: "r", on: "zendesk.ticket.*", to: "desk", do: "say", with: good, ...overrides };
  const config = RoutingConfig.parse({ routes: [route] });
  const compiled = compileRoutes(config, [desk]);
  const runtimeIssues = await tryRoutes(compiled.routes, config.settings, [desk]);
  return [...compiled.issues, ...runtimeIssues].map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a mapping that its action refuses for every event is reported", () => {
  it.each([
    ["a value of another type", good.replace("ref", "7"), "ticket: Invalid input: expected string, received number"],
    ["a value that is no list", good.replace(/\[.*\]/, "7"), "fields: Invalid input: expected array, received number"],
    ["an empty list", good.replace(/\[.*\]/, "[]"), "fields: Too small"],
    ["a nested value", good.replace('"id": 1', '"id": "one"'), "fields.0.id: Invalid input: expected number"],
    ["a value outside an enumeration", good.replace("note", "letter"), "kind: Invalid option"],
    ["a missing member", good.replace('"kind": "note", ', ""), "kind: Invalid option"],
    ["an unknown member", good.replace("{", '{ "tikcet": ref, '), 'the whole value: Unrecognized key: "tikcet"'],
    ["a value that is no object", '"hello"', "the whole value: Invalid input: expected object, received string"],
    ["the last expression of a block", `($x := 1; ${good.replace("ref", "true")})`, "ticket: Invalid input: expected string"],
  ])("%s", async (_, mapping, message) => {
    const [first, ...extra] = await issues({ with: mapping });
    expect(first).toContain(`routes.0.with: the action say refuses it: ${message}`);
    expect(extra).toEqual([]);
  });

  it.each([
    ["values of the event", good],
    ["computed lists", good.replace(/\[.*\]/, "[$each(settings.ticketFields, function($v) {$v})]")],
    ["a conditional", good.replace('"note"', 'account ? "note" : 7')],
    ["computed names", good.replace("{", '{ "more": { event.eventType: 1 }, ')],
    ["a computed object", "$merge([account, support])"],
    ["the result of a path", `account.${good}`],
    ["values that may be missing", good.replace("ref", "event.data.nothing")],
    ["what fails for some values only", good.replace("ref", "$string($number(account.name))")],
    ["an error of its own", good.replace("ref", '$error("none")')],
  ])("a mapping that can succeed is accepted: %s", async (_, mapping) => {
    expect(await issues({ with: mapping })).toEqual([]);
  });
});

describe("an expression that always fails is reported", () => {
  it.each([
    ["an unknown function", { when: "$system('rm')" }, "routes.0.when: there is no $system, at character 7"],
    ["an unknown function behind a condition", { when: "false and $nope(1)" }, "routes.0.when: there is no $nope"],
    ["an unknown function as an argument", { oncePer: "$map([1], $nope)" }, "routes.0.oncePer: there is no $nope"],
    ["a function that reads the clock", { when: "$millis() > 0" }, "routes.0.when: there is no $millis"],
    [
      "an argument of a wrong type",
      { when: "$lowercase(account.arr.amount) = 'x'" },
      "routes.0.when: a value of the wrong type: T0410",
    ],
    [
      "a sum with a string of the record",
      { on: "desk.ticket.*", when: "record.subject + 1 > 0" },
      "routes.0.when: a value of the wrong type: T2001",
    ],
    ["a sum with a string", { oncePer: "account.name + 1" }, "routes.0.oncePer: a value of the wrong type: T2001"],
    ["a call of a value that is no function", { when: "($f := 1; $f(2))" }, "routes.0.when: a value of the wrong type: T1006"],
  ])("%s", async (_, overrides, message) => {
    expect(await issues(overrides)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    "($f := function($n) { $n > 0 ? $f($n - 1) : 0 }; $f(3) = 0)",
    "account.opportunities@$o.$o.amount",
    "support.tickets#$i[$i = 0].id",
    "$count(product.features.$uppercase(name)) > 0",
    "event.interaction.description ~> $lowercase ~> $contains('cancel')",
    "$$.account.name = 'x' and $.ref != ''",
    "$eval(settings.case.when)",
    "$contains($lowercase(event.data.words), 'x')",
  ])("an expression that can succeed is accepted: %s", async (condition) => {
    expect(await issues({ when: condition })).toEqual([]);
  });
});

describe("a comparison with the thresholds of account values", () => {
  const whenAbove = (when: string) => issues({ on: "customer.churn_risk.raised", when });

  it("as with the one number of earlier releases is reported, with the two ways that work", async () => {
    const [issue, ...extra] = await whenAbove("account.arr.amount > settings.risk.accountAbove");
    expect(issue).toMatch(/^routes\.0\.when: a value of the wrong type: T\d+/);
    expect(issue).toContain("use event.data.isAlert, or $lookup(settings.risk.accountAbove, account.arr.currency)");
    expect(extra).toEqual([]);
  });

  it.each(["event.data.isAlert", "account.arr.amount > $lookup(settings.risk.accountAbove, account.arr.currency)"])(
    "is accepted: %s",
    async (when) => {
      expect(await whenAbove(when)).toEqual([]);
    },
  );
});
