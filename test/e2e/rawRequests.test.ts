import { connect } from "node:net";
import { Problem } from "@sidelight/contracts/errors/problem.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServeFolder, type Serving } from "../harness/serveProcess.ts";

// What no HTTP client sends, from a socket to a real process.
const folder = createServeFolder();
let serving: Serving;
let key: string;
beforeAll(async () => {
  serving = await folder.start();
  const { out } = await folder.run(["keys", "create", "--tenant", "acme", "--role", "admin", "--json"]);
  key = (JSON.parse(out) as { admin: string }).admin;
}, scaled(60_000));
afterAll(async () => {
  await serving.server.stop();
  folder.remove();
});

/** The answer to a request, when the server ends the connection. */
function send(...parts: (string | Buffer)[]): Promise<{ status: number; head: string; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(serving.url).port), "127.0.0.1");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => void chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => {
      const [head = "", ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body: rest.join("\r\n\r\n") });
    });
    socket.write(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part))));
  });
}

const lines = (...texts: string[]): string => `${[...texts, "connection: close", "", ""].join("\r\n")}`;
const authorized = (...texts: string[]): string => lines(...texts, "host: x", `authorization: Bearer ${key}`);
const session = '{"ref":"zendesk.ticket:1"}';
const length = `content-length: ${session.length}`;
const json = "content-type: application/json";
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

describe("a webhook", () => {
  const target = "POST /v1/webhooks/acme/zendesk/the-token HTTP/1.1";
  it.each([
    ["without a body", [json]],
    ["with a body of length 0", [json, "content-length: 0"]],
    ["with neither a body nor a media type", []],
  ])("%s is refused because it has no signature", async (_, headers) => {
    const answer = await send(lines(target, "host: x", ...headers));
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([401, "unauthenticated"]);
  });
});

describe("a body", () => {
  const target = "POST /v1/sessions HTTP/1.1";
  it.each([
    ["in chunks is read", [json, "transfer-encoding: chunked"], chunk(session), 201],
    [
      "in chunks with an extension and a trailer is read",
      [json, "transfer-encoding: chunked", "trailer: x"],
      chunk(session),
      201,
    ],
    ["after Expect: 100-continue is read", [json, length, "expect: 100-continue"], session, 201],
    ["with other parameters of its media type is read", ["content-type: application/json; x=y", length], session, 201],
    ["of a charset that a second parameter changes is refused", [`${json}; charset=utf-8; charset=utf-16`, length], session, 415],
    ["with two media types is refused", [json, "content-type: text/plain", length], session, 415],
    ["with a media type that ends like JSON is refused", ["content-type: application/*+json", length], session, 415],
    ["of no length is refused", [json], "", 400],
    ["of length 0 is refused", [json, "content-length: 0"], "", 400],
    ["of an impossible length is refused before it arrives", [json, "content-length: 99999999999"], "", 413],
    ["in chunks of many megabytes is refused", [json, "transfer-encoding: chunked"], chunk(" ".repeat(2_000_000)), 413],
    ["with a length and in chunks is refused", [json, length, "transfer-encoding: chunked"], chunk(session), 400],
  ] as const)("%s", async (_, headers, body, status) => {
    const answer = send(authorized(target, ...headers), body);
    expect((await answer).head.replace("HTTP/1.1 100 Continue", "HTTP/1.1 201")).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
  });
});

describe("a request target", () => {
  it.each([
    ["with a double slash", "//v1/config", 404],
    ["of another host", "http://evil.example/v1/config", 200],
    ["with dots", "/v1/webhooks/../config", 200],
    ["with encoded dots", "/v1/webhooks/%2e%2e/config", 200],
    ["with an encoded slash", "/v1/webhooks/..%2fconfig", 404],
    ["with an encoded letter", "/%761/config", 200],
    ["that is a star", "*", 400],
    ["with a backslash", "/\\evil", 400],
    ["that repeats a parameter", "/v1/events?limit=1&limit=1000", 400],
    ["with parameters in brackets", "/v1/events?type[]=a&__proto__[x]=1", 400],
  ])("%s answers with the same rights as its plain form", async (_, path, status) => {
    const answer = await send(authorized(`GET ${path} HTTP/1.1`));
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.head.toLowerCase()).toContain("application/problem+json");
    const stranger = await send(lines(`GET ${path} HTTP/1.1`, "host: x"));
    expect([401, 404, 400]).toContain(stranger.status);
  });
});

describe("a Host header", () => {
  it.each(["a b", "[::", "a/b?c", "a:99999999", "\xe9"])("that names no host is a problem: %s", async (host) => {
    const answer = await send(lines("GET /healthz HTTP/1.1", `host: ${host}`));
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('"code":"invalid_request"');
  });

  it("is not needed in HTTP/1.0, which load balancers use for their checks", async () => {
    expect((await send("GET /healthz HTTP/1.0\r\n\r\n")).status).toBe(200);
    expect((await send("HEAD /healthz HTTP/1.0\r\n\r\n")).status).toBe(200);
  });
});

describe("what Node's parser refuses is a problem with a request id, and the connection ends", () => {
  const post = (...headers: string[]): string => authorized("POST /v1/sessions HTTP/1.1", json, ...headers);
  const chunkedHead = (): string => post("transfer-encoding: chunked");
  it.each([
    ["a request line without a version", () => ["GET /healthz\r\n\r\n"], 400, "invalid_request"],
    ["an unknown method", () => [lines("STEAL /healthz HTTP/1.1", "host: x")], 400, "invalid_request"],
    ["another protocol version", () => [lines("GET /healthz HTTP/9.9", "host: x")], 400, "invalid_request"],
    ["the preface of HTTP/2", () => ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"], 400, "invalid_request"],
    ["the start of TLS", () => [Buffer.from("160301020001000001fc0303", "hex")], 400, "invalid_request"],
    ["a space in the path", () => [lines("GET /healthz x HTTP/1.1", "host: x")], 400, "invalid_request"],
    ["a header without a colon", () => [lines("GET /healthz HTTP/1.1", "host: x", "nonsense")], 400, "invalid_request"],
    ["a header with a NUL character", () => [lines("GET /healthz HTTP/1.1", "host: x", "a: b\0c")], 400, "invalid_request"],
    ["a folded header", () => [lines("GET /healthz HTTP/1.1", "host: x", "a: b", " c")], 400, "invalid_request"],
    ["headers of 40 KB", () => [lines("GET /healthz HTTP/1.1", "host: x", `a: ${"x".repeat(40_000)}`)], 431, "headers_too_large"],
    ["a URL of 40 KB", () => [lines(`GET /healthz?${"x".repeat(40_000)} HTTP/1.1`, "host: x")], 431, "headers_too_large"],
    [
      "a token of 20 KB",
      () => [lines("GET /v1/config HTTP/1.1", "host: x", `authorization: Bearer ${"x".repeat(20_000)}`)],
      431,
      "headers_too_large",
    ],
    ["two lengths", () => [post("content-length: 1", "content-length: 2")], 400, "invalid_request"],
    ["a negative length", () => [post("content-length: -1")], 400, "invalid_request"],
    ["a chunk of no size", () => [chunkedHead(), "zz\r\n"], 400, "invalid_request"],
    ["a chunk that is longer than its size", () => [chunkedHead(), "2\r\nabcdef\r\n0\r\n\r\n"], 400, "invalid_request"],
    ["large chunk extensions", () => [chunkedHead(), `5;${"x".repeat(40_000)}\r\n`], 413, "too_large"],
    ["a tunnel", () => [lines("CONNECT example.com:443 HTTP/1.1", "host: x")], 405, "method_not_allowed"],
    ["a trace", () => [lines("TRACE /healthz HTTP/1.1", "host: x")], 405, "method_not_allowed"],
  ] satisfies [string, () => (string | Buffer)[], number, string][])("%s", async (_, parts, status, code) => {
    const answer = await send(...parts());
    const head = answer.head.toLowerCase();
    expect([answer.status, head.includes("content-type: application/problem+json")]).toEqual([status, true]);
    const problem = Problem.parse(JSON.parse(answer.body));
    expect([problem.code, problem.status]).toEqual([code, status]);
    expect(head).toContain(`x-request-id: ${problem.requestId}`);
    expect(head).toContain("connection: close");
  });

  it("an unknown expectation is ignored", async () => {
    expect((await send(lines("GET /healthz HTTP/1.1", "host: x", "expect: miracles"))).status).toBe(200);
  });
});

it("HEAD of a stream ends without a stream", async () => {
  const { status, head, body } = await send(authorized("HEAD /v1/context/zendesk.ticket:1/stream HTTP/1.1"));
  expect([status, body]).toEqual([200, ""]);
  expect(head.toLowerCase()).toContain("content-type: text/event-stream");
});

it("a client that goes away while it sends leaves no error in the log", async () => {
  const socket = connect(Number(new URL(serving.url).port), "127.0.0.1");
  socket.write(authorized("POST /v1/sessions HTTP/1.1", json, "content-length: 100"));
  await new Promise((resolve) => socket.once("connect", resolve));
  await send(authorized("GET /v1/config HTTP/1.1"));
  socket.resetAndDestroy();
  for (let i = 0; i < 20; i++) await send(authorized("GET /v1/config HTTP/1.1"));
  expect(serving.log().filter(({ level, msg }) => level === 50 || level === "error" || msg === "request failed")).toEqual([]);
});
