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
  ...fc.sample(fc.oneof(local, odd), { numRuns: 40, seed: 42 }).map((name) => `${name}@example.com`),
];

it("hostile addresses are looked up as text: no platform refuses a query, and nobody is taken for somebody", async () => {
  const refs = addresses.map((address) => `email:${address}`);
  const { value } = await passing(house.clock, house.ask("/v1/contexts", { method: "POST", body: { refs } }));
  expect(value.status).toBe(200);
  expect(value.body.items).toHaveLength(refs.length);
  for (const [i, item] of value.body.items.entries()) {
    if ("match" in item) expect(item.match.state, refs[i]).toBe("none");
    else expect(item.code, refs[i]).toBe("invalid_ref");
  }
  const asked = house.requests();
  expect(asked.filter((r) => r.platform === "salesforce" && r.path.includes("/query")).length).toBeGreaterThan(20);
  expect(asked.filter((r) => r.platform === "zendesk" && r.path.includes("/users/search")).length).toBeGreaterThan(20);
  // Sixty queries an hour are all that Mixpanel gives; a query that can't be read would be 400.
  expect(asked.filter((r) => r.status >= 400 && r.status !== 429).map((r) => `${r.status} ${r.platform} ${r.path}`)).toEqual([]);
  const { body } = await house.ask("/v1/connections");
  for (const { id, problem } of body.items) expect(problem, id).toBeNull();
});
