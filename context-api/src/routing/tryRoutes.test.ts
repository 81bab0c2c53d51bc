import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { RoutingConfig } from "../config/routing.ts";
import type { Connection } from "../connections/connections.ts";
import { compileRoutes } from "./routes.ts";
import { tryRoutes } from "./tryRoutes.ts";
import { unknownNames } from "./unknownNames.ts";

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
  platform: { label: "Desk", name: "desk", objects: { ticket: {} } },
  connector: { actions: { say: action } },
} as unknown as Connection;
const good = '{ "ticket": ref, "kind": "note", "fields": [{ "id": 1, "value": account.arr.amount }] }';

async function issues(overrides: object): Promise<string[]> {
  const route = { id: "r", on: "zendesk.ticket.*", to: "desk", do: "say", with: good, ...overrides };
  const config = RoutingConfig.parse({ routes: [route] });
  const compiled = compileRoutes(config, [desk]);
  const tried = await tryRoutes(compiled.routes, config.settings, [desk]);
  return [...compiled.issues, ...tried].map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a mapping that its action takes on no event is refused beforehand", () => {
  it.each([
    ["a value of another type", good.replace("ref", "7"), "ticket: Invalid input: expected string, received number"],
    ["no list", good.replace(/\[.*\]/, "7"), "fields: Invalid input: expected array, received number"],
    ["an empty list", good.replace(/\[.*\]/, "[]"), "fields: Too small"],
    ["a value deep inside", good.replace('"id": 1', '"id": "one"'), "fields.0.id: Invalid input: expected number"],
    ["a word that isn't one of them", good.replace("note", "letter"), "kind: Invalid option"],
    ["a member that is missing", good.replace('"kind": "note", ', ""), "kind: Invalid option"],
    ["a member that nobody knows", good.replace("{", '{ "tikcet": ref, '), 'the whole: Unrecognized key: "tikcet"'],
    ["no object", '"hello"', "the whole: Invalid input: expected object, received string"],
    ["the end of a block", `($x := 1; ${good.replace("ref", "true")})`, "ticket: Invalid input: expected string"],
  ])("%s", async (_, mapping, message) => {
    const [first, ...others] = await issues({ with: mapping });
    expect(first).toContain(`routes.0.with: say doesn't take this: ${message}`);
    expect(others).toEqual([]);
  });

  it.each([
    ["what only the event tells", good],
    ["lists that are made", good.replace(/\[.*\]/, "[$each(settings.ticketFields, function($v) {$v})]")],
    ["a choice", good.replace('"note"', 'account ? "note" : 7')],
    ["names that are made", good.replace("{", '{ "more": { event.eventType: 1 }, ')],
    ["an object that is made", "$merge([account, support])"],
    ["a path's result", `account.${good}`],
    ["values that may be absent", good.replace("ref", "event.data.nothing")],
    ["what fails by its values alone", good.replace("ref", "$string($number(account.name))")],
    ["an error of its own", good.replace("ref", '$error("none")')],
  ])("and one is not that may do: %s", async (_, mapping) => {
    expect(await issues({ with: mapping })).toEqual([]);
  });
});

describe("an expression that can't go well is refused beforehand", () => {
  it.each([
    ["a function that isn't there", { when: "$system('rm')" }, "routes.0.when: there is no $system, at character 7"],
    ["behind a choice", { when: "false and $nope(1)" }, "routes.0.when: there is no $nope"],
    ["as an argument", { oncePer: "$map([1], $nope)" }, "routes.0.oncePer: there is no $nope"],
    ["the clock", { when: "$millis() > 0" }, "routes.0.when: there is no $millis"],
    [
      "an argument of another type",
      { when: "$lowercase(account.arr.amount) = 'x'" },
      "routes.0.when: a value of the wrong type: T0410",
    ],
    ["a sum of words", { oncePer: "account.name + 1" }, "routes.0.oncePer: a value of the wrong type: T2001"],
    ["a call of no function", { when: "($f := 1; $f(2))" }, "routes.0.when: a value of the wrong type: T1006"],
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
  ])("and what may go well is not: %s", async (when) => {
    expect(await issues({ when })).toEqual([]);
  });
});

describe("the routes that come with Sidelight", () => {
  it("use no name that isn't there", () => {
    const { routes, transforms } = RoutingConfig.parse(parse(readFileSync(new URL("./defaults.yaml", import.meta.url), "utf8")));
    const sources = [...Object.values(transforms), ...routes.flatMap(({ when, oncePer }) => [when ?? "true", oncePer ?? "true"])];
    for (const source of sources) expect(unknownNames(source), source).toEqual([]);
  });
});
