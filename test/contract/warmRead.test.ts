import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { listApiKeys, newApiKey } from "@sidelight/context-api/store/apiKeys.ts";
import { revokeApiKey } from "@sidelight/context-api/store/tables/apiKeys.ts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { type HttpFront, openHttpFront, type ReceivedAnswer, type SentRequest } from "../harness/httpServer.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let front: HttpFront;
let routed: HttpFront;
beforeAll(async () => {
  harness = await openHarness({
    otherTenant: true,
    configure(config) {
      config.http.requestsPerMinute = 100_000;
    },
  });
  front = await openHttpFront(harness);
  routed = await openHttpFront(harness, { ahead: false });
});
afterAll(async () => {
  front.close();
  routed.close();
  await harness.close();
});

const refs = () => harness.lab.tenants["acme"]!.examples;
const pathOf = (ref: string, query = "") => `/v1/context/${encodeURIComponent(ref)}${query}`;
const bearer = (role: "admin" | "service" | "agent" | "rep" = "agent", tenant = "acme") =>
  `Bearer ${harness.keys[tenant]![role]}`;

/** Sends a request until it is answered ahead of the router, or was sent often enough. */
async function warm(request: SentRequest, through = front): Promise<ReceivedAnswer> {
  for (let attempt = 0; attempt < 2; attempt++) await through.send(request);
  return await through.send(request);
}

/** What a caller sees of an answer, without the values that differ between any two requests. */
function visible({ status, headers, body }: ReceivedAnswer): unknown {
  const { date: _, "server-timing": timing, ratelimit, "x-request-id": requestId, ...others } = headers;
  return {
    status,
    // A problem contains the id of its request.
    body: body.toString("latin1").replace(String(requestId), "the request id"),
    headers: others,
    timing: timing === undefined ? null : /^total;dur=\d+\.\d\d$/.test(String(timing)),
    ratelimit: ratelimit === undefined ? null : /^"key";r=\d+;t=\d+$/.test(String(ratelimit)),
    requestId: /^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(String(requestId)) ? "random" : requestId,
  };
}

describe("a repeated read", () => {
  it("is answered ahead of the router with the same bytes, and 304 for its ETag", async () => {
    const request = { path: pathOf(refs().resolved[0]!), headers: { authorization: bearer() } };
    const first = await front.send(request);
    const second = await front.send(request);
    expect([first.isAhead, second.isAhead]).toEqual([false, true]);
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.headers["etag"]).toBe(first.headers["etag"]);
    expect(second.headers["x-sidelight-tier"]).toBe("memory");
    const third = await front.send({
      ...request,
      headers: { ...request.headers, "if-none-match": String(first.headers["etag"]) },
    });
    expect([third.isAhead, third.status, third.body.length]).toEqual([true, 304, 0]);
  });

  it("has the same status, headers and body as the router's answer, whatever the request's form", async () => {
    const { resolved, ambiguous, hierarchy } = refs();
    const queries = ["", "?", "?sections=support", "?sections=support,health", "?sections=health,support", "?deadline=900"];
    queries.push("?place=ticket_sidebar", "?place=account&locale=de&team=Billing", "?team=Billing");
    const oddQueries = [
      "?fields=/customer/name",
      "?sections=nonsense",
      "/stream/nonsense",
      "?deadline=5&deadline=6",
      "?x=1",
      "?at=2020-01-01T00:00:00Z",
    ];
    const path = fc
      .tuple(
        fc.constantFrom(...resolved.slice(0, 3), ambiguous[0]!, hierarchy[0]!),
        fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...queries) }, fc.constantFrom(...oddQueries)),
        fc.boolean(),
      )
      .map(([ref, query, isPlain]) => (isPlain ? `/v1/context/${ref}${query}` : pathOf(ref, query)));
    const oneIn = <T>(count: number, value: fc.Arbitrary<T>) =>
      fc.oneof({ weight: count - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
    const sometimes = <T>(value: fc.Arbitrary<T>) => oneIn(3, value);
    const rarely = <T>(value: fc.Arbitrary<T>) => oneIn(20, value);
    const headers = fc.record({
      authorization: fc.oneof(
        { weight: 15, arbitrary: fc.constantFrom("agent", "admin", "rep").map((role) => bearer(role as "agent")) },
        fc.constantFrom(bearer("agent", "globex"), "Bearer wrong", "", bearer().toLowerCase(), bearer().replace(" ", "  ")),
        fc.constantFrom([bearer("agent"), bearer("admin")], undefined),
      ),
      "accept-encoding": sometimes(
        fc.constantFrom("gzip", "gzip, deflate, br", "br;q=0, gzip", "identity", "*", "gzip;q=0", ["gzip", "br"], "nonsense"),
      ),
      "x-request-id": sometimes(
        fc.constantFrom("my-request-0001", "short", "has space in it", "x".repeat(65), ["one-of-two", "two-of-two"]),
      ),
      traceparent: sometimes(
        fc.constantFrom(
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
          "nonsense",
        ),
      ),
      origin: sometimes(fc.constantFrom("https://1.apps.zdusercontent.com", "null")),
      "x-sidelight-panel": sometimes(fc.constantFrom("zendesk", "Not A Panel")),
      host: rarely(fc.constantFrom("sidelight.internal:8787", "1.2.3.4.5", "a b", "SIDELIGHT", "[::1]:80")),
      "if-none-match": sometimes(fc.constantFrom("own", "own-weak", "own-list", "other-coding", "*", '"other"', "")),
      range: rarely(fc.constant("bytes=0-10")),
      "content-length": rarely(fc.constant("0")),
      expect: rarely(fc.constant("100-continue")),
    });
    let answeredAhead = 0;
    await fc.assert(
      fc.asyncProperty(
        path,
        headers,
        fc.oneof({ weight: 10, arbitrary: fc.constant("GET") }, fc.constantFrom("HEAD", "POST")),
        async (path, chosen, method) => {
          const own = await etagOf(path, chosen);
          const tags: Record<string, string> = {
            own: own,
            "own-weak": `W/${own}`,
            "own-list": `"a", ${own}`,
            "other-coding": `${own.replace(/(-gzip|-br)?"$/, "")}-gzip"`,
          };
          const tag = chosen["if-none-match"];
          const present = Object.entries({ ...chosen, "if-none-match": tag === undefined ? undefined : (tags[tag] ?? tag) });
          const request = {
            path,
            method,
            headers: Object.fromEntries(present.filter(([, value]) => value !== undefined)),
          } as SentRequest;
          await warm(request);
          const [ahead, expected] = [await front.send(request), await routed.send(request)];
          expect(expected.isAhead).toBe(false);
          expect(visible(ahead)).toEqual(visible(expected));
          if (ahead.isAhead) answeredAhead += 1;
        },
      ),
      { numRuns: 300 },
    );
    expect(answeredAhead).toBeGreaterThan(50);

    async function etagOf(
      path: string,
      { authorization, "accept-encoding": accepted }: { authorization?: unknown; "accept-encoding"?: unknown },
    ) {
      const sent = { authorization, "accept-encoding": accepted };
      const present = Object.entries(sent).filter(([, value]) => value !== undefined);
      return String((await routed.send({ path, headers: Object.fromEntries(present) as never })).headers["etag"] ?? '"none"');
    }
  });

  it.each([
    ["gzip", gunzipSync],
    ["br", brotliDecompressSync],
  ] as const)(
    "is sent in %s to a caller who accepts it, with an ETag of its own that validates every form",
    async (coding, decode) => {
      const path = pathOf(refs().resolved[1]!);
      const plain = await warm({ path, headers: { authorization: bearer() } });
      const coded = await warm({ path, headers: { authorization: bearer(), "accept-encoding": coding } });
      expect([coded.isAhead, coded.headers["content-encoding"]]).toEqual([true, coding]);
      expect(coded.headers["vary"]).toBe("authorization, accept-encoding");
      expect(coded.body.length).toBeLessThan(plain.body.length / 2);
      expect(decode(coded.body).equals(plain.body)).toBe(true);
      expect(coded.headers["etag"]).not.toBe(plain.headers["etag"]);
      for (const tag of [plain, coded].map(({ headers }) => String(headers["etag"]))) {
        const headers = { authorization: bearer(), "if-none-match": tag };
        expect((await front.send({ path, headers })).status).toBe(304);
      }
    },
  );

  it("shows a change as soon as its event is projected", async () => {
    const { world } = harness.lab.tenants["acme"]!;
    const ticket = [...world.zendesk.tickets.values()][0]!;
    const request = { path: pathOf(`zendesk.ticket:${ticket.id}`), headers: { authorization: bearer("admin") } };
    const previous = await warm(request);
    expect(previous.isAhead).toBe(true);
    const event = ticketEvent("status_changed", {
      id: 77_000_001,
      requesterId: String(ticket["requester_id"]),
      updatedAt: harness.clock.now(),
    });
    expect((await sendZendesk(harness, event)).body.accepted).toBe(1);
    const next = await front.send(request);
    expect(next.isAhead).toBe(false);
    expect(next.body.equals(previous.body)).toBe(false);
  });

  it("is read again when the value of a section has aged", async () => {
    const request = { path: pathOf(refs().resolved[2]!), headers: { authorization: bearer("admin") } };
    expect((await warm(request)).isAhead).toBe(true);
    harness.clock.advance(25 * 60 * 60_000);
    const next = await front.send(request);
    expect([next.isAhead, next.headers["x-sidelight-tier"] === "memory"]).toEqual([false, false]);
  });
});

describe("a caller who was answered ahead of the router", () => {
  it("is refused at once after the key was revoked", async () => {
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const key = newApiKey(log.store, "agent", "short", harness.clock.now());
    await log.commit({ statements: [key.statement], correlationId: "test" });
    const request = { path: pathOf(refs().resolved[0]!), headers: { authorization: `Bearer ${key.token}` } };
    expect((await warm(request)).isAhead).toBe(true);
    await log.commit({ statements: [revokeApiKey(log.store, key.keyId, harness.clock.now())], correlationId: "test" });
    const refused = await front.send(request);
    expect([refused.status, refused.isAhead]).toEqual([401, false]);
  });

  it("is refused at the end of a panel session, and after the session's key was revoked", async () => {
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const { body } = await harness.request("/v1/sessions", { role: "agent", method: "POST", body: { ref: refs().resolved[0] } });
    const request = { path: pathOf(refs().resolved[0]!), headers: { authorization: `Bearer ${body.token}` } };
    expect((await warm(request)).isAhead).toBe(true);
    const other = { ...request, path: pathOf(refs().resolved[1]!) };
    await warm({ ...other, headers: { authorization: bearer("agent") } });
    expect((await front.send(other)).status).toBe(403);
    harness.clock.advance(10 * 60_000);
    expect((await front.send(request)).status).toBe(401);
    const repSession = await harness.request("/v1/sessions", { role: "rep", method: "POST", body: { ref: refs().resolved[0] } });
    const repRequest = { ...request, headers: { authorization: `Bearer ${repSession.body.token}` } };
    expect((await warm(repRequest)).isAhead).toBe(true);
    const rep = (await listApiKeys(log.store)).find(({ role }) => role === "rep")!;
    await log.commit({ statements: [revokeApiKey(log.store, rep.keyId, harness.clock.now())], correlationId: "test" });
    expect((await front.send(repRequest)).status).toBe(401);
  });

  it("is counted by the rate limit and by the metrics like any other", async () => {
    const request = { path: pathOf(refs().resolved[0]!), headers: { authorization: bearer("service") } };
    await warm(request);
    const remaining = ({ headers }: ReceivedAnswer) => Number(/r=(\d+)/.exec(String(headers["ratelimit"]))?.[1]);
    const counts = async () => {
      const { text } = await harness.request("/metrics", { role: "service" });
      return [
        /sidelight_http_requests_total\{route="\/v1\/context\/:ref",method="GET",status="200"\} (\d+)/,
        /sidelight_context_answers_total\{tenant="acme",tier="memory"\} (\d+)/,
      ].map((pattern) => Number(pattern.exec(text)?.[1]));
    };
    harness.clock.advance(1_000);
    const previousCounts = await counts();
    const [first, second] = [await front.send(request), await routed.send(request)];
    expect(remaining(first) - remaining(second)).toBe(1);
    harness.clock.advance(1_000);
    expect(await counts()).toEqual(previousCounts.map((count) => count + 2));
  });
});

it("is 429 above the limit of the key, with the router's answer", async () => {
  const limited = await openHarness({
    configure(config) {
      config.http.requestsPerMinute = 5;
    },
  });
  const limitedFront = await openHttpFront(limited);
  const [ref] = limited.lab.tenants["acme"]!.examples.resolved;
  const request = { path: pathOf(ref!), headers: { authorization: `Bearer ${limited.keys["acme"]!.agent}` } };
  const statuses = [];
  for (let i = 0; i < 7; i++) statuses.push((await limitedFront.send(request)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  limitedFront.close();
  await limited.close();
});
