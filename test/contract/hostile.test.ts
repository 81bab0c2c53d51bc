import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({ pull: false });
});
afterAll(() => house.close());

const local = fc.stringMatching(/^[^\s@"<>(),:;\\[\]\p{Cc}]{1,40}$/u);
const odd = fc.string({
  unit: fc.constantFrom("'", "%", "_", "*", "+", "-", "=", "{", "}", "`", "|", "~", "!", "#", "$", "/"),
  minLength: 1,
  maxLength: 20,
});
/** What never gets as far as a platform, unless somebody's normalising lets it. */
const broken = fc.string({
  unit: fc.constantFrom('"', "\\", " ", "\n", ":", "(", "'", "a", ">", "\0", "@"),
  minLength: 1,
  maxLength: 12,
});
const sampled = (names: fc.Arbitrary<string>, numRuns: number): string[] =>
  fc.sample(names, { numRuns, seed: 42 }).map((name) => `${name}@example.com`);
const addresses = [
  "o'brien@example.com",
  "'or'1'='1@example.com",
  "a%_b@example.com",
  "or@and.not",
  "*@example.com",
  "-email@example.com",
  "{{jwt.token}}@example.com",
  "\u202Emoc.elpmaxe@example.com",
  "ünïcödé@exämple.com",
  "'||Name!=''/*@*/",
  "a'--@example.com",
  "nobody@example.com\u2028",
  "status<solved@type.ticket",
  "\ud800@example.com",
  ...sampled(fc.oneof(local, odd), 36),
];
const refused = [
  'ada@acme.com" OR type:ticket',
  "ada@acme.com\\' OR Id != null OR Email = \\'",
  'x"] == "x" or properties["$email"] != "@y.z',
  "ada@acme.com' LIMIT 1 --",
  "a@b@c.d",
  ...sampled(broken, 12),
];

it("hostile addresses are looked up as text: no platform refuses a query, and nobody is taken for somebody", async () => {
  for (const batch of [addresses.slice(0, 25), [...addresses.slice(25), ...refused]]) {
    const refs = batch.map((address) => `email:${address}`);
    const { value } = await passing(house.clock, house.ask("/v1/contexts", { method: "POST", body: { refs } }));
    expect(value.status).toBe(200);
    expect(value.body.items).toHaveLength(refs.length);
    for (const [i, item] of value.body.items.entries()) {
      if ("match" in item) expect(item.match.state, refs[i]).toBe("none");
      else expect([item.code, item.status], refs[i]).toEqual(["invalid_ref", 400]);
      if (refused.slice(0, 5).includes(batch[i]!)) expect(item.code, refs[i]).toBe("invalid_ref");
    }
  }
  const asked = house.requests();
  expect(asked.filter((r) => r.platform === "salesforce" && r.path.includes("/query")).length).toBeGreaterThan(20);
  expect(asked.filter((r) => r.platform === "zendesk" && r.path.includes("/users/search")).length).toBeGreaterThan(20);
  // Sixty queries an hour are all that Mixpanel gives; a query that can't be read would be 400.
  expect(asked.filter((r) => r.status >= 400 && r.status !== 429).map((r) => `${r.status} ${r.platform} ${r.path}`)).toEqual([]);
  const { body } = await house.ask("/v1/connections");
  for (const { id, problem } of body.items) expect(problem, id).toBeNull();
});
