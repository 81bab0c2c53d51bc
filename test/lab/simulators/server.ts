import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Server as NetServer } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Activity } from "./activity.ts";
import type { Faults } from "./faults.ts";
import { foreignRequest } from "./localOnly.ts";
import type { LoggedRequest, RequestLog, Target } from "./log.ts";
import { sendOddAnswer } from "./oddAnswers.ts";

/** One platform of one tenant, as a function from request to response. */
export interface Simulator {
  platform: Target;
  tenant: string;
  fetch(request: Request): Response | Promise<Response>;
  isTokenEndpoint(path: string): boolean;
  /** Called on arrival where a platform limits concurrent requests. Returns a release function. */
  admit?(path: string): Response | (() => void);
  /** The platform's own error responses. */
  refusals: {
    rateLimit(): Response;
    /** Revokes the presented token and returns the platform's error. */
    expireToken(request: Request): Response;
    error(status: number): Response;
  };
}

export interface RunningServer {
  url: string;
  port: number;
  close(): Promise<void>;
}

export interface ServerEnvironment {
  log: RequestLog;
  faults: Faults;
  activity: Activity;
}

const MAX_BODY = 25 * 1024 * 1024;

export async function serve(simulator: Simulator, environment: ServerEnvironment, port = 0): Promise<RunningServer> {
  const server = createServer({ maxHeaderSize: 65_536 }, (req, res) => {
    // The lab's clock, not the machine's.
    res.setHeader("date", new Date(environment.activity.clock.now()).toUTCString());
    const refusal = foreignRequest(req, (server.address() as AddressInfo).port);
    if (refusal !== null) {
      res.writeHead(403, { "content-type": "text/plain", connection: "close" }).end(refusal);
      return;
    }
    environment.activity
      .track(() => handle(simulator, environment, req, res))
      .catch((error: unknown) => {
        // A client that closed the connection is expected. Any other error is a bug of the simulator.
        if (!res.destroyed && !res.writableEnded) {
          console.error(`${simulator.platform}/${simulator.tenant} ${req.method} ${req.url}`, error);
          if (res.headersSent) res.destroy();
          else res.writeHead(500).end();
        }
      });
  });
  // Longer than clients keep idle connections, so that no request meets a connection that we just closed.
  server.keepAliveTimeout = 75_000;
  await listen(server, port);
  const boundPort = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${boundPort}`,
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The requested port if it is free, else any free port. */
export async function listen(server: NetServer, port: number): Promise<void> {
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

async function handle(
  simulator: Simulator,
  environment: ServerEnvironment,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const path = req.url ?? "/";
  const entry: LoggedRequest = {
    platform: simulator.platform,
    tenant: simulator.tenant,
    method: req.method ?? "GET",
    path,
    status: 0,
    at: new Date(environment.activity.clock.now()).toISOString(),
  };
  environment.log.add(entry);
  const body = await readBody(req);
  if (body === null) {
    entry.status = 413;
    res.writeHead(413, { connection: "close" }).end();
    return;
  }
  const request = toRequest(req, path, body);
  const release = simulator.admit?.(path) ?? (() => {});
  if (release instanceof Response) return send(release, entry, res);
  try {
    await respond(simulator, environment, entry, request, res);
  } finally {
    release();
  }
}

async function respond(
  simulator: Simulator,
  environment: ServerEnvironment,
  entry: LoggedRequest,
  request: Request,
  res: ServerResponse,
): Promise<void> {
  const { platform, tenant } = simulator;
  const { method, path } = entry;
  const verdict = environment.faults.decide({ platform, tenant, method, path, tokenEndpoint: simulator.isTokenEndpoint(path) });
  if (verdict.latency > 0) {
    entry.fault = "latency";
    await environment.activity.clock.sleep(verdict.latency);
  }
  const end = verdict.end;
  if (!end) return send(await simulator.fetch(request), entry, res);
  entry.fault = end.kind;
  switch (end.kind) {
    case "error":
      if (end.processed) await simulator.fetch(request);
      return send(simulator.refusals.error(end.status), entry, res);
    case "rate_limit":
      return send(simulator.refusals.rateLimit(), entry, res);
    case "expired_token":
      return send(simulator.refusals.expireToken(request), entry, res);
    case "timeout":
      if (end.processed) await simulator.fetch(request);
      await environment.activity.clock.sleep(end.ms);
      res.destroy();
      return;
    case "reset":
      if (end.processed) await simulator.fetch(request);
      res.socket?.resetAndDestroy();
      return;
    case "malformed":
      return garble(await simulator.fetch(request), entry, res);
    default:
      entry.status = await sendOddAnswer(end.kind, res);
  }
}

/** Truncates a successful response, as a proxy failure would. */
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

async function readBody(req: IncomingMessage): Promise<Buffer | null> {
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
