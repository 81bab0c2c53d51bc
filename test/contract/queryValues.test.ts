import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

interface Parameter {
  name: string;
  in: string;
  schema: { type?: string; enum?: string[]; maximum?: number };
}

let harness: Harness;
/** Every query parameter of the document, with a path that takes it. */
let parameters: (Parameter & { path: string })[];
beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config) => {
      config.http.requestsPerMinute = 1_000_000;
    },
  });
  const { paths } = (await harness.request("/openapi.json")).body as {
    paths: Record<string, { get?: { tags: string[]; parameters?: Parameter[] } }>;
  };
  parameters = Object.entries(paths).flatMap(([path, { get }]) =>
    get === undefined || get.tags.includes("Not built yet")
      ? []
      : (get.parameters ?? [])
          .filter((parameter) => parameter.in === "query")
          .map((parameter) => ({ ...parameter, path: path.replace("{ref}", "zendesk.ticket:1").replaceAll(/\{\w+\}/g, "x") })),
  );
  expect(parameters.length).toBeGreaterThan(20);
});
afterAll(() => harness.close());

/** The errors of an answer that has to be a problem. */
async function errorsOf(url: string): Promise<{ pointer: string; detail: string }[]> {
  const { status, body, headers } = await harness.request(url);
  expect([url, status, body.code]).toEqual([url, 400, "invalid_request"]);
  expect(headers.get("content-type")).toBe("application/problem+json");
  return body.errors;
}

describe("every query parameter of the document", () => {
  it.each([
    ["is empty", (name: string) => `${name}=`],
    ["has no equals sign", (name: string) => name],
    ["is repeated with two values", (name: string) => `${name}=1&${name}=2`],
    ["is repeated with one value", (name: string) => `${name}=1&${name}=1`],
    ["is repeated under an encoded name", (name: string) => `${name}=1&%${name.charCodeAt(0).toString(16)}${name.slice(1)}=1`],
    ["contains a NUL character", (name: string) => `${name}=1%00`],
    ["contains a line break", (name: string) => `${name}=1%0d%0a`],
    ["contains half of a surrogate pair", (name: string) => `${name}=%ED%A0%80`],
    ["contains an incomplete percent-encoding", (name: string) => `${name}=1%`],
  ])("is refused and named when it %s", async (_, queryOf) => {
    for (const { path, name } of parameters) expect((await errorsOf(`${path}?${queryOf(name)}`))[0]!.pointer).toBe(`/${name}`);
  });
});

it("takes a number in plain digits only", async () => {
  const numbers = parameters.filter(({ schema }) => schema.type === "integer");
  expect(new Set(numbers.map(({ name }) => name))).toEqual(new Set(["limit", "deadline", "hours", "status"]));
  const spellings = [
    "0x64",
    "0b1100100",
    "0o144",
    "1e2",
    "%2B100",
    "+100",
    "100%20",
    "0100",
    "100.0",
    "1_00",
    "%EF%BC%91%EF%BC%90%EF%BC%90",
  ];
  for (const { path, name, schema } of numbers) {
    for (const spelling of [
      ...spellings,
      "-100",
      "NaN",
      "Infinity",
      "true",
      "100,5",
      String(schema.maximum! + 1),
      "9".repeat(400),
    ])
      expect((await errorsOf(`${path}?${name}=${spelling}`))[0]!.pointer).toBe(`/${name}`);
    if (!path.includes("stream")) expect((await harness.request(`${path}?${name}=100`)).status).not.toBe(400);
  }
});

it("takes an instant with its zone only", async () => {
  const instants = parameters.filter(({ name }) => name === "since" || name === "at");
  for (const { path, name } of instants) {
    for (const text of [
      "2026-11-21",
      "2026-11-21T09:30:00",
      "1763717400000",
      "2026-02-30T00:00:00Z",
      "2026-11-21T09:30:00+01:00",
    ]) {
      const [error] = await errorsOf(`${path}?${name}=${text}`);
      expect(error!.detail).toContain("2026-11-21T09:30:00Z");
    }
    expect((await harness.request(`${path}?${name}=2026-11-20T09:30:00%2B01:00`)).status).not.toBe(400);
  }
});

it("refuses a misspelled value of a closed list, which an empty list would hide", async () => {
  for (const url of [
    "/v1/alerts?state=opne",
    "/v1/alerts?state=Open",
    "/v1/deliveries?state=dead-letter",
    "/v1/quarantine?state=quarantine",
    "/v1/config/versions?type=restart",
  ])
    await errorsOf(url);
});
