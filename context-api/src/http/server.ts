import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerOptions, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { ProblemError } from "../services/problemError.ts";
import { version } from "../telemetry/version.ts";
import { type AheadHandler, countHeader } from "./ahead.ts";
import type { Api } from "./app.ts";
import { notReady } from "./healthRoutes.ts";
import { problemResponse } from "./problem.ts";
import { answerConnect, answerParserError } from "./unreadable.ts";

/** The HTTP server of a process, from before the store is open until the last answer is sent. */
export interface ApiServer {
  /** Accepts requests. Until {@link ApiServer.serve}, all but `/healthz` get 503. */
  listen(port: number, host: string | undefined): Promise<AddressInfo>;
  /** Answers with the API from now on. @param bodySeconds limit for a request to arrive */
  serve(app: Pick<Api, "fetch" | "ahead">, options: { bodySeconds: number }): void;
  /** Stops gently: see {@link DrainOptions}. */
  drain(options: DrainOptions): Promise<DrainResult>;
  /** Stops at once. */
  close(): void;
}

export interface DrainOptions {
  /** `/readyz` answers 503 for this long before new connections are refused, so that load balancers send none. */
  graceMs: number;
  /** Requests that are not answered after this time are cut. */
  limitMs: number;
  /** Ends what would never end: event streams. */
  endStreams(): void;
}

export interface DrainResult {
  /** Requests that were in progress at the start and were answered. */
  drained: number;
  /** Requests that were cut at the limit. */
  cut: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
type Phase = "starting" | "serving" | "stopping";

/** Below 60 s: Zendesk does not retry a webhook after a longer time. */
const startingRetrySeconds = 2;

/** Longer than load balancers keep an idle connection: the one that closes it first fails no request on it. */
const keepAliveMs = 75_000;

// The types of Node do not know the last option yet.
const serverOptions: ServerOptions & { optimizeEmptyRequests: boolean } = {
  // Short limits, so that a slow or endless request cannot keep a connection.
  requestTimeout: 15_000,
  keepAliveTimeout: keepAliveMs,
  headersTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // It is checked here, with a problem.
  requireHostHeader: false,
  // A request without a body has no stream of one. That takes an eighth of the time of a warm read.
  optimizeEmptyRequests: true,
};

export function createApiServer(): ApiServer {
  let phase: Phase = "starting";
  let handleRequest: Handler = answerStarting;
  let ahead: readonly AheadHandler[] = [];
  const openResponses = new Set<ServerResponse>();
  let onAnswered: () => void = () => {};
  const track = (response: ServerResponse): void => {
    openResponses.add(response);
    response.once("close", () => {
      openResponses.delete(response);
      onAnswered();
    });
  };
  const answer: Handler = (request, response) => {
    const hostProblem = problemOfHost(request);
    if (!hostProblem && phase === "serving" && ahead.some((handle) => handle(request, response))) {
      // Most of these answers are sent in one turn, and need not be waited for.
      if (!response.writableEnded || response.writableLength > 0) track(response);
      return;
    }
    track(response);
    // The client opens another connection for its next request, and reaches another process.
    if (phase === "stopping") response.setHeader("connection", "close");
    if (hostProblem) send(response, problemResponse(hostProblem, randomUUID()), true);
    else handleRequest(request, response);
  };
  const server = createServer(serverOptions, answer);
  server.on("clientError", (error, socket) => {
    const hasAnswer = [...openResponses].some((response) => response.socket === socket && response.headersSent);
    answerParserError(error, socket, hasAnswer);
  });
  server.on("connect", (_, socket) => answerConnect(socket));
  // An expectation that is not `100-continue` may be ignored (RFC 9110, section 10.1.1).
  server.on("checkExpectation", answer);

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
          server.off("error", reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    serve(app, { bodySeconds }) {
      server.requestTimeout = bodySeconds * 1000;
      server.headersTimeout = Math.min(server.headersTimeout, server.requestTimeout);
      // HTTP/1.0 has no Host header: load balancers use it for their checks.
      const listener = getRequestListener(app.fetch, { hostname: "localhost", errorHandler: answerUnreadable });
      handleRequest = (request, response) => {
        if (phase === "stopping" && pathOf(request) === "/readyz") send(response, problemResponse(stopping(), randomUUID()));
        else void listener(request, response);
      };
      ahead = app.ahead;
      phase = "serving";
    },
    async drain({ graceMs, limitMs, endStreams }) {
      phase = "stopping";
      const initial = new Set(openResponses);
      endStreams();
      await setTimeout(graceMs);
      endStreams();
      const closing = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const limit = new AbortController();
      const completion = new Promise<void>((resolve) => {
        onAnswered = () => {
          if (openResponses.size === 0) resolve();
        };
        onAnswered();
      });
      await Promise.race([completion, setTimeout(limitMs, undefined, { signal: limit.signal }).catch(() => {})]);
      limit.abort();
      const cut = openResponses.size;
      const isCut = [...initial].filter((response) => openResponses.has(response)).length;
      server.closeAllConnections();
      await closing;
      return { drained: initial.size - isCut, cut };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerStarting(request: IncomingMessage, response: ServerResponse): void {
  const isAlive = pathOf(request) === "/healthz" && (request.method === "GET" || request.method === "HEAD");
  send(response, isAlive ? Response.json({ status: "ok", version }) : problemResponse(starting(), randomUUID()));
}

/** A request that is no URL: `GET *`, a Host header that names no host. The application answers all other errors itself. */
const answerUnreadable = (): Response =>
  problemResponse(
    new ProblemError("invalid_request", "The request target or the Host header is not valid. Send a path and the host's name."),
    randomUUID(),
  );

const starting = () =>
  withRetry(notReady([{ code: "starting", detail: `Sidelight is starting. Retry in ${startingRetrySeconds} s.` }]));
const stopping = () => notReady([{ code: "stopping", detail: "Sidelight is stopping. Use another process." }]);

const withRetry = ({ message, errors }: ProblemError): ProblemError =>
  new ProblemError("overloaded", message, { errors, retryAfterSeconds: startingRetrySeconds });

/** RFC 9112, section 3.2: a request without exactly one Host is refused. Two of them could be read differently by a proxy. */
function problemOfHost(request: IncomingMessage): ProblemError | null {
  const count = countHeader(request, "host");
  if (count > 1) return new ProblemError("invalid_request", "The request has more than one Host header. Send one.");
  if (count === 0 && request.httpVersion !== "1.0")
    return new ProblemError("invalid_request", "The request has no Host header. Send one.");
  return null;
}

const pathOf = ({ url = "/" }: IncomingMessage): string => url.split("?", 1)[0] ?? "/";

/** Sends an answer of this file. @param closes ends the connection after it */
function send(response: ServerResponse, answer: Response, closes = false): void {
  if (closes) response.setHeader("connection", "close");
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  void answer.text().then((text) => response.end(text));
}
