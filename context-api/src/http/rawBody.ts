import type { IncomingMessage, ServerResponse } from "node:http";
import { ProblemError } from "../services/problemError.ts";
import { tooLarge } from "./limitBody.ts";

/** A body that was refused is read for this long, ms, so that its sender gets the answer. */
const discardMs = 500;

/**
 * The raw bytes of a request.
 * @throws {ProblemError} too_large, without reading the rest; invalid_request when the connection ended before the body
 */
export function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) return reject(tooLarge(maxBytes));
    // A request without a body has no stream to wait for.
    if (request.readableEnded) return resolve(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    let bytes = 0;
    let isRead = false;
    const fail = (error: ProblemError): void => {
      request.off("data", onData);
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) fail(tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    request.on("data", onData);
    request.once("end", () => {
      isRead = true;
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
    });
    // Every request closes in the end. An error with its stack costs as much as reading the body.
    const failUnlessRead = (): void => {
      if (!isRead) fail(incomplete());
    };
    request.once("error", failUnlessRead);
    request.once("close", failUnlessRead);
    if (request.destroyed) fail(incomplete());
  });
}

const incomplete = (): ProblemError =>
  new ProblemError("invalid_request", "The connection ended before the body was complete. Send it again.");

/** Reads what is left of a body that nothing needs, but not for long. */
export function discardBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroySoon(), discardMs);
  response.once("close", () => {
    if (request.readableEnded) clearTimeout(timer);
  });
  request.once("end", () => clearTimeout(timer));
  request.once("close", () => clearTimeout(timer));
  request.resume();
}
