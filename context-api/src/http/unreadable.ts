import { randomUUID } from "node:crypto";
import { maxHeaderSize, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { ProblemError } from "../services/problemError.ts";
import { problemBody } from "./problem.ts";

/**
 * Answers a request that Node's parser refuses, so that no handler sees it, and ends the connection.
 * @param hasAnswer whether the answer to an earlier request on this connection has begun: more bytes would become a part of it
 */
export function answerParserError(error: Error & { code?: string }, socket: Duplex, hasAnswer: boolean): void {
  if (error.code === "ECONNRESET" || hasAnswer) socket.destroy();
  else sendProblem(socket, problemOfParser(error.code));
}

/** CONNECT makes a tunnel, which is for proxies. Node gives it no response. */
export const answerConnect = (socket: Duplex): void =>
  sendProblem(socket, new ProblemError("method_not_allowed", "There are no tunnels here. Send the request itself."));

function problemOfParser(code: string | undefined): ProblemError {
  if (code === "HPE_HEADER_OVERFLOW")
    return new ProblemError("headers_too_large", `The headers are larger than ${maxHeaderSize} bytes. Send less.`);
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return new ProblemError("too_large", "The extensions of the chunks are too large. Send chunks without extensions.");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new ProblemError("request_timeout", "The request did not arrive completely in time. Send it again.");
  return new ProblemError("invalid_request", "The request is not valid HTTP/1.1. Use an HTTP client.");
}

function sendProblem(socket: Duplex, problem: ProblemError): void {
  const requestId = randomUUID();
  const body = problemBody(problem, requestId);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(text)}`,
    "cache-control: no-store",
    `x-request-id: ${requestId}`,
    `date: ${new Date().toUTCString()}`,
    "connection: close",
  ];
  if (socket.writable) socket.end(`${head.join("\r\n")}\r\n\r\n${text}`, () => socket.destroy());
  else socket.destroy();
}
