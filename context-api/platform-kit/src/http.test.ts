import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createHttp, type PlatformHttp, readJson, type SendOptions } from "./http.ts";
import type { ConnectionTools, PlatformCall } from "./platform.ts";

const megabyte = 1024 * 1024;
const signal = new AbortController().signal;

let server: Server;
let respond: (req: IncomingMessage, res: ServerResponse) => void;
let http: PlatformHttp;
const calls: PlatformCall[] = [];
const dates: number[] = [];
const received: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((req, res) => {
    received.push(req);
    respond(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const tools = {
    acquire: async () => {},
    onCall: (call: PlatformCall) => void calls.push(call),
    onDate: (date: number) => void dates.push(date),
  };
  http = createHttp("crm", tools as unknown as ConnectionTools);
});
afterEach(() => {
  [calls.length, dates.length, received.length] = [0, 0, 0];
});
afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const url = (path = "/") => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const get = (options: Partial<SendOptions> = {}) =>
  http.send(
    { method: "GET", url: url(), route: "/", headers: { authorization: "Bearer secret" } },
    { priority: "interactive", quota: null, signal, ...options },
  );
const json = async (options?: Partial<SendOptions>) => await readJson("crm", await get(options));
const send = (status: number, headers: Record<string, string>, body: string | Buffer = "") => {
  respond = (_, res) => void res.writeHead(status, headers).end(body);
};
const asJson = { "content-type": "application/json; charset=utf-8" };

/** A body that does not end before the client ends the connection. */
function sendEndless(headers: Record<string, string>): { bytes(): number; closed: Promise<void> } {
  let bytes = 0;
  const closed = Promise.withResolvers<void>();
  respond = (_, res) => {
    res.writeHead(200, headers);
    const chunk = Buffer.alloc(megabyte, "1,");
    const write = () => {
      while (!res.destroyed && res.write(chunk)) bytes += chunk.length;
      bytes += chunk.length;
    };
    res.on("drain", write);
    res.on("close", () => closed.resolve());
    write();
  };
  return { bytes: () => bytes, closed: closed.promise };
}

describe("an answer of a platform", () => {
  it.each([
    ["reports the platform's time", "Sat, 21 Nov 2026 09:30:00 GMT", [Date.UTC(2026, 10, 21, 9, 30)]],
    ["with a date that is none reports no time", "yesterday", []],
  ])("%s", async (_, date, expected) => {
    send(200, { ...asJson, date }, "{}");
    await json();
    expect(dates).toEqual(expected);
  });

  it.each([
    ["an error", 503, asJson],
    ["a web page", 200, { "content-type": "text/html" }],
  ])("of a proxy reports no time: %s", async (_, status, headers) => {
    send(status, { ...headers, date: "Sat, 21 Nov 2026 09:30:00 GMT" }, "<html></html>");
    await json().catch(() => {});
    expect(dates).toEqual([]);
  });

  it("in HTML without a page is an answer", async () => {
    send(200, { "content-type": "text/html" }, "1");
    expect(await json()).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])("with a redirect (%d) is an error, and the credentials go nowhere else", async (status) => {
    send(status, { location: url("/elsewhere") });
    await expect(get()).rejects.toMatchObject({
      code: "unavailable",
      status,
      message: expect.stringContaining("Set the connection's URL to the final address."),
    });
    expect(received.map(({ url: path }) => path)).toEqual(["/"]);
    expect(calls).toMatchObject([{ status }]);
  });

  it("with a redirect is returned to a caller that has a better message", async () => {
    send(302, { location: "/elsewhere" });
    expect((await get({ returnsRedirects: true })).status).toBe(302);
  });

  it.each([
    ["204", 204, {}],
    ["200 and an empty body", 200, asJson],
    ["200 and white space", 200, { ...asJson, body: " \n" }],
  ])(
    "without content where JSON is expected is an error: %s",
    async (_, status, { body = "", ...headers }: Record<string, string>) => {
      send(status, headers, body);
      await expect(json()).rejects.toMatchObject({ code: "unavailable", message: `The response (${status}) has no content.` });
    },
  );

  it("with a web page instead of JSON says so", async () => {
    send(200, { "content-type": "text/html" }, "<!doctype html><title>Maintenance</title>");
    await expect(json()).rejects.toMatchObject({
      code: "unavailable",
      message: "The response (200) is a web page instead of an answer of the platform's API.",
    });
  });

  it("may start with a byte order mark", async () => {
    send(200, asJson, "\uFEFF{}");
    expect(await json()).toEqual({});
  });

  it("that never ends is left after the limit of its priority", async () => {
    const { bytes, closed } = sendEndless(asJson);
    await expect(json()).rejects.toMatchObject({
      code: "unavailable",
      isPlatformFault: false,
      message: "The response is larger than 16 MB. It was not read further.",
    });
    await closed;
    expect(bytes()).toBeLessThan(64 * megabyte);
  });

  it("may be larger for a pull, whose pages have a thousand records", async () => {
    send(200, asJson, JSON.stringify(["x".repeat(20 * megabyte)]));
    expect(await json({ priority: "backfill" })).toHaveLength(1);
  });

  it("that is nested too deep is refused before it is parsed", async () => {
    send(200, asJson, `${"[".repeat(3_000)}${"]".repeat(3_000)}`);
    await expect(json()).rejects.toMatchObject({
      code: "unavailable",
      isPlatformFault: false,
      message: "The response is nested more than 64 levels deep.",
    });
  });

  it("that is compressed although it was not requested is not unpacked", async () => {
    send(200, { ...asJson, "content-encoding": "gzip" }, gzipSync(Buffer.alloc(50 * megabyte)));
    await expect(json()).rejects.toMatchObject({
      message: "The response is compressed, although that was not requested.",
    });
  });

  it("that arrives byte by byte ends at the timeout of the whole answer", async () => {
    respond = (_, res) => {
      res.writeHead(200, asJson);
      const timer = setInterval(() => res.write(" "), 10);
      res.on("close", () => clearInterval(timer));
    };
    await expect(json({ timeoutMs: 200 })).rejects.toMatchObject({ code: "timeout", isPlatformFault: true });
  });
});

describe("a call that the caller ends", () => {
  it("says nothing about the platform", async () => {
    const deadline = new AbortController();
    respond = () => deadline.abort();
    await expect(get({ signal: deadline.signal })).rejects.toMatchObject({ code: "timeout", isPlatformFault: false });
  });
});
