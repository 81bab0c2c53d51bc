import { createSidelightClient, refs, SidelightError } from "@sidelight/client/index.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type House, openHouse } from "../support/house.ts";
import { passing } from "../support/settle.ts";

let house: House;
const paths: string[] = [];
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

function client(apiKey = house.keys["acme"]!.admin) {
  return createSidelightClient({
    baseUrl: "http://api.example/",
    apiKey,
    fetch: async (url, init) => {
      init?.signal?.throwIfAborted();
      paths.push(new URL(String(url)).pathname);
      const { value } = await passing(house.clock, Promise.resolve(house.app.request(String(url), init)), 1);
      return value;
    },
  });
}
const failure = async (call: Promise<unknown>): Promise<SidelightError> => {
  const error = await call.catch((e: unknown) => e);
  if (!(error instanceof SidelightError)) throw new Error("it did not fail as it should");
  return error;
};

describe("the typed client", () => {
  it("reads a context, told who answered", async () => {
    const { examples } = house.lab.tenants["acme"]!;
    const ref = examples.resolved[0]!;
    const first = await client().getContext(ref, { sections: ["account"] });
    expect(first.context.match.state).toBe("resolved");
    expect(Object.keys(first.context.sections)).toEqual(["account"]);
    expect(first.tier).toBe("store");
    const second = await client().getContext(ref, { sections: ["account"], deadlineMs: 500 });
    expect(second.tier).toBe("memory");
    expect(await client().getContextIfChanged(ref, second.etag!, { sections: ["account"] })).toBeNull();
  });

  it("never puts an address or a number into a URL", async () => {
    paths.length = 0;
    const person = house.lab.tenants["acme"]!.world.people[0]!;
    const { context } = await client().getContext(refs.email(person.email));
    expect(context.match.state).toBe("resolved");
    await client().getContext(refs.phone("+14155550100"));
    expect(paths).toEqual(["/v1/contexts", "/v1/contexts"]);
  });

  it("asks for many, and tells which of them could not be read", async () => {
    const { examples } = house.lab.tenants["acme"]!;
    const items = await client().getContexts([examples.resolved[0]!, "nonsense", examples.none[0]!]);
    expect(items.map((item) => ("context" in item ? item.context.match.state : item.error.code))).toEqual([
      "resolved",
      "invalid_ref",
      "none",
    ]);
  });

  it("throws what the API said", async () => {
    const wrong = await failure(client().getContext("nonsense"));
    expect(wrong).toMatchObject({ code: "invalid_ref", status: 400, isRetryable: false });
    expect(wrong.requestId).toMatch(/\S/);
    expect(await failure(client("slk_acme_000000000000_x").getConnections())).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    const ref = house.lab.tenants["acme"]!.examples.resolved[3]!;
    await client().refreshContext(ref);
    expect(await failure(client().refreshContext(ref))).toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: 30,
      isRetryable: true,
    });
  });

  it("throws its own where no answer came, or none that can be read", async () => {
    const over = (answer: () => Promise<Response>, timeoutMs = 10_000) =>
      createSidelightClient({ baseUrl: "http://api.example", apiKey: "x", timeoutMs, fetch: answer });
    const broken = over(() => Promise.reject(new TypeError("fetch failed")));
    expect(await failure(broken.getConnections())).toMatchObject({ code: "network", isRetryable: true, status: null });
    const html = over(async () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await failure(html.getConnections())).toMatchObject({ code: "unexpected_answer", status: 502 });
    const odd = over(async () => Response.json({ unknown: true }));
    expect(await failure(odd.getConnections())).toMatchObject({ code: "unexpected_answer", status: 200 });
    const never = createSidelightClient({
      baseUrl: "http://api.example",
      apiKey: "x",
      timeoutMs: 5,
      fetch: (_, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
    });
    expect(await failure(never.getConnections())).toMatchObject({ code: "timeout", isRetryable: true });
  });

  it("leaves the caller's own abort to the caller", async () => {
    const stop = new AbortController();
    stop.abort(new Error("mine"));
    await expect(client().getConnections({ signal: stop.signal })).rejects.toThrow("mine");
  });

  it("tells how the platforms are doing", async () => {
    const connections = await client().getConnections();
    expect(connections.map((c) => [c.platform, c.state])).toEqual([
      ["salesforce", "ok"],
      ["zendesk", "ok"],
      ["mixpanel", "ok"],
      // Nothing is pulled of what sends by itself.
      ["generic", "ok"],
    ]);
    expect(connections.map((c) => c.streams.length > 0)).toEqual([true, true, true, false]);
    expect(connections.every((c) => c.streams.every((s) => s.complete))).toBe(true);
  });
});
