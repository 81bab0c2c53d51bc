import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { LoggedRequest, RequestLog, Target } from "./log.ts";

/** One platform of one tenant, as a function from request to response. */
export interface Simulator {
  platform: Target;
  tenant: string;
  fetch(request: Request): Response | Promise<Response>;
  isTokenEndpoint(path: string): boolean;
  /** Asked on arrival, where a platform limits how many run at once; gives what to call when it is over. */
  admit?(path: string): Response | (() => void);
  /** The platform's own ways to say no. */
  refusals: {
    rateLimit(): Response;
    /** Ends the presented token for good, and says so. */
    expireToken(request: Request): Response;
    error(status: number): Response;
  };
}

export interface Running {
  url: string;
  port: number;
  close(): Promise<void>;
}

export interface Surroundings {
  log: RequestLog;
  faults: Faults;
  clock: Clock;
}

const MAX_BODY = 25 * 1024 * 1024;

export async function serve(simulator: Simulator, around: Surroundings, port = 0): Promise<Running> {
  const server = createServer({ maxHeaderSize: 65_536 }, (req, res) => {
    handle(simulator, around, req, res).catch((error: unknown) => {
      // A client that hung up is no news; anything else is a bug of the simulator.
      if (!res.destroyed && !res.writableEnded) {
        console.error(`${simulator.platform}/${simulator.tenant} ${req.method} ${req.url}`, error);
        if (res.headersSent) res.destroy();
        else res.writeHead(500).end();
      }
    });
  });
  // Longer than any client's pool keeps a connection, so that no request meets one just closed by us.
  server.keepAliveTimeout = 75_000;
  await listen(server, port);
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The asked port if it is free, else any. */
export async function listen(server: Server, port: number): Promise<void> {
  const attempt = (p: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(p, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await attempt(port);
  } catch (error) {
    if (port === 0) throw error;
    await attempt(0);
  }
}

async function handle(simulator: Simulator, around: Surroundings, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const path = req.url ?? "/";
  const entry: LoggedRequest = {
    platform: simulator.platform,
    tenant: simulator.tenant,
    method: req.method ?? "GET",
    path,
    status: 0,
    at: new Date(around.clock.now()).toISOString(),
  };
  around.log.add(entry);
  const body = await read(req);
  if (body === null) {
    entry.status = 413;
    res.writeHead(413, { connection: "close" }).end();
    return;
  }
  const request = toRequest(req, path, body);
  const admitted = simulator.admit?.(path) ?? (() => {});
  if (admitted instanceof Response) return send(admitted, entry, res);
  try {
    await answer(simulator, around, entry, request, res);
  } finally {
    admitted();
  }
}

async function answer(
  simulator: Simulator,
  around: Surroundings,
  entry: LoggedRequest,
  request: Request,
  res: ServerResponse,
): Promise<void> {
  const { platform, tenant } = simulator;
  const { path } = entry;
  const verdict = around.faults.judge({ platform, tenant, path, tokenEndpoint: simulator.isTokenEndpoint(path) });
  if (verdict.latency > 0) {
    entry.fault = "latency";
    await around.clock.sleep(verdict.latency);
  }
  const end = verdict.end;
  if (!end) return send(await simulator.fetch(request), entry, res);
  entry.fault = end.kind;
  switch (end.kind) {
    case "error":
      if (end.done) await simulator.fetch(request);
      return send(simulator.refusals.error(end.status), entry, res);
    case "rate_limit":
      return send(simulator.refusals.rateLimit(), entry, res);
    case "expired_token":
      return send(simulator.refusals.expireToken(request), entry, res);
    case "timeout":
      if (end.done) await simulator.fetch(request);
      await around.clock.sleep(end.ms);
      res.destroy();
      return;
    case "reset":
      if (end.done) await simulator.fetch(request);
      res.socket?.resetAndDestroy();
      return;
    case "malformed":
      return garble(await simulator.fetch(request), entry, res);
  }
}

/** A success cut in the middle, as a proxy that gave up would leave it. */
async function garble(response: Response, entry: LoggedRequest, res: ServerResponse): Promise<void> {
  const text = await response.text();
  entry.status = 200;
  const half = text.length > 2 ? text.slice(0, Math.ceil(text.length / 2)) : '{"records":[{"id';
  res.writeHead(200, { "content-type": response.headers.get("content-type") ?? "application/json" }).end(half);
}

async function send(response: Response, entry: LoggedRequest, res: ServerResponse): Promise<void> {
  entry.status = response.status;
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  res.writeHead(response.status, headers);
  if (!response.body) {
    res.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as import("node:stream/web").ReadableStream), res);
}

async function read(req: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toRequest(req: IncomingMessage, path: string, body: Buffer): Request {
  const headers = new Headers();
  for (let i = 0; i + 1 < req.rawHeaders.length; i += 2) headers.append(req.rawHeaders[i]!, req.rawHeaders[i + 1]!);
  const method = req.method ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD" && body.length > 0;
  return new Request(`http://127.0.0.1${path.startsWith("/") ? path : "/"}`, {
    method,
    headers,
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  });
}
