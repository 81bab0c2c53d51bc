import { createSidelightClient, refs, SidelightError } from "@sidelight/client/index.ts";
import { advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
const paths: string[] = [];
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

function client(apiKey = harness.keys["acme"]!.admin) {
  return createSidelightClient({
    baseUrl: "http://api.example/",
    apiKey,
    fetch: async (url, init) => {
      init?.signal?.throwIfAborted();
      paths.push(new URL(String(url)).pathname);
      const { value } = await advanceUntilSettled(harness.clock, Promise.resolve(harness.app.request(String(url), init)), 1);
      return value;
    },
  });
}
const failure = async (call: Promise<unknown>): Promise<SidelightError> => {
  const error = await call.catch((e: unknown) => e);
  if (!(error instanceof SidelightError)) throw new Error("the call did not fail");
  return error;
};

describe("the typed client", () => {
  it("reads a context and reports the tier", async () => {
    const { examples } = harness.lab.tenants["acme"]!;
    const ref = examples.resolved[0]!;
    const first = await client().getContext(ref, { sections: ["account"] });
    expect(first.context.match.state).toBe("resolved");
    expect(Object.keys(first.context.sections)).toEqual(["account"]);
    expect(first.tier).toBe("store");
    const second = await client().getContext(ref, { sections: ["account"], deadlineMs: 500 });
    expect(second.tier).toBe("memory");
    expect(await client().getContextIfChanged(ref, second.etag!, { sections: ["account"] })).toBeNull();
  });

  it("puts no address or phone number into a URL", async () => {
    paths.length = 0;
    const person = harness.lab.tenants["acme"]!.world.people[0]!;
    const { context } = await client().getContext(refs.email(person.email));
    expect(context.match.state).toBe("resolved");
    await client().getContext(refs.phone("+14155550100"));
    expect(paths).toEqual(["/v1/contexts", "/v1/contexts"]);
  });

  it("reads many contexts, and reports which failed", async () => {
    const { examples } = harness.lab.tenants["acme"]!;
    const items = await client().getContexts([examples.resolved[0]!, "nonsense", examples.none[0]!]);
    expect(items.map((item) => ("context" in item ? item.context.match.state : item.error.code))).toEqual([
      "resolved",
      "invalid_ref",
      "none",
    ]);
  });

  it("throws the API's problem", async () => {
    const refusal = await failure(client().getContext("nonsense"));
    expect(refusal).toMatchObject({ code: "invalid_ref", status: 400, isRetryable: false });
    expect(refusal.requestId).toMatch(/\S/);
    expect(await failure(client("slk_acme_000000000000_x").getConnections())).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    const ref = harness.lab.tenants["acme"]!.examples.resolved[3]!;
    await client().refreshContext(ref);
    expect(await failure(client().refreshContext(ref))).toMatchObject({
      code: "rate_limited",
      retryAfterSeconds: 30,
      isRetryable: true,
    });
  });

  it("throws its own error for a missing or unreadable response", async () => {
    const clientOver = (answer: () => Promise<Response>, timeoutMs = 10_000) =>
      createSidelightClient({ baseUrl: "http://api.example", apiKey: "x", timeoutMs, fetch: answer });
    const unreachable = clientOver(() => Promise.reject(new TypeError("fetch failed")));
    expect(await failure(unreachable.getConnections())).toMatchObject({ code: "network", isRetryable: true, status: null });
    const html = clientOver(async () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    expect(await failure(html.getConnections())).toMatchObject({ code: "unexpected_answer", status: 502 });
    const odd = clientOver(async () => Response.json({ unknown: true }));
    expect(await failure(odd.getConnections())).toMatchObject({ code: "unexpected_answer", status: 200 });
    const silentClient = createSidelightClient({
      baseUrl: "http://api.example",
      apiKey: "x",
      timeoutMs: 5,
      fetch: (_, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
    });
    expect(await failure(silentClient.getConnections())).toMatchObject({ code: "timeout", isRetryable: true });
  });

  it("passes the caller's own abort through", async () => {
    const stop = new AbortController();
    stop.abort(new Error("mine"));
    await expect(client().getConnections({ signal: stop.signal })).rejects.toThrow("mine");
  });

  it("reads the platforms' status", async () => {
    const connections = await client().getConnections();
    expect(connections.map((c) => [c.platform, c.state])).toEqual([
      ["salesforce", "ok"],
      ["zendesk", "ok"],
      ["mixpanel", "ok"],
      // Connections that only receive are not pulled.
      ["generic", "ok"],
    ]);
    expect(connections.map((c) => c.streams.length > 0)).toEqual([true, true, true, false]);
    expect(connections.every((c) => c.streams.every((s) => s.complete))).toBe(true);
  });
});
