import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ pull: false });
});
afterAll(() => harness.close());

const local = fc.stringMatching(/^[^\s@"<>(),:;\\[\]\p{Cc}]{1,40}$/u);
const odd = fc.string({
  unit: fc.constantFrom("'", "%", "_", "*", "+", "-", "=", "{", "}", "`", "|", "~", "!", "#", "$", "/"),
  minLength: 1,
  maxLength: 20,
});
/** Text that never reaches a platform, unless normalization lets it pass. */
const hostileText = fc.string({
  unit: fc.constantFrom('"', "\\", " ", "\n", ":", "(", "'", "a", ">", "\0", "@"),
  minLength: 1,
  maxLength: 12,
});
const sampleTexts = (names: fc.Arbitrary<string>, numRuns: number): string[] =>
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
  ...sampleTexts(fc.oneof(local, odd), 36),
];
const refusals = [
  'ada@acme.com" OR type:ticket',
  "ada@acme.com\\' OR Id != null OR Email = \\'",
  'x"] == "x" or properties["$email"] != "@y.z',
  "ada@acme.com' LIMIT 1 --",
  "a@b@c.d",
  ...sampleTexts(hostileText, 12),
];

it("hostile addresses are looked up as text: no platform refuses a query, and no wrong customer matches", async () => {
  for (const batch of [addresses.slice(0, 25), [...addresses.slice(25), ...refusals]]) {
    const refs = batch.map((address) => `email:${address}`);
    const { value } = await advanceUntilSettled(
      harness.clock,
      harness.request("/v1/contexts", { method: "POST", body: { refs } }),
    );
    expect(value.status).toBe(200);
    expect(value.body.items).toHaveLength(refs.length);
    for (const [i, item] of value.body.items.entries()) {
      if ("match" in item) expect(item.match.state, refs[i]).toBe("none");
      else expect([item.code, item.status], refs[i]).toEqual(["invalid_ref", 400]);
      if (refusals.slice(0, 5).includes(batch[i]!)) expect(item.code, refs[i]).toBe("invalid_ref");
    }
  }
  const calls = harness.requests();
  expect(calls.filter((r) => r.platform === "salesforce" && r.path.includes("/query")).length).toBeGreaterThan(20);
  expect(calls.filter((r) => r.platform === "zendesk" && r.path.includes("/users/search")).length).toBeGreaterThan(20);
  // Mixpanel allows sixty queries an hour. An unreadable query would be 400.
  expect(calls.filter((r) => r.status >= 400 && r.status !== 429).map((r) => `${r.status} ${r.platform} ${r.path}`)).toEqual([]);
  const { body } = await harness.request("/v1/connections");
  for (const { id, problem } of body.items) expect(problem, id).toBeNull();
});
