import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { OddAnswerKind } from "./faults.ts";

const megabyte = 1024 * 1024;
/** An endless body ends here, so that a client that reads all of it does not stop the lab. */
const maxEndlessBytes = 400 * megabyte;
const depth = 3_000;
const json = { "content-type": "application/json" };

/** Where a redirect leads. Nothing may arrive there. */
export const redirectTarget = "http://127.0.0.1:9/collect";

/** Sends one odd answer. @returns its status */
export async function sendOddAnswer(kind: OddAnswerKind, res: ServerResponse): Promise<number> {
  switch (kind) {
    case "redirect":
      return end(res, 302, { location: redirectTarget });
    case "empty":
      return end(res, 204, {});
    case "web_page":
      return end(res, 200, { "content-type": "text/html; charset=utf-8" }, "<!doctype html><title>Sign in</title>");
    case "deep":
      return end(res, 200, json, `${'{"a":['.repeat(depth)}${"]}".repeat(depth)}`);
    case "compressed":
      return end(res, 200, { ...json, "content-encoding": "gzip" }, gzipSync(Buffer.alloc(20 * megabyte, " ")));
    case "far_retry":
      return end(res, 429, { ...json, "retry-after": "99999999999", "ratelimit-reset": "99999999999" }, "{}");
    case "endless":
      return await sendEndless(res);
    case "dripping":
      return await drip(res);
  }
}

function end(res: ServerResponse, status: number, headers: Record<string, string>, body: string | Buffer = ""): number {
  res.writeHead(status, headers).end(body);
  return status;
}

async function sendEndless(res: ServerResponse): Promise<number> {
  res.writeHead(200, json);
  const chunk = Buffer.alloc(megabyte, '"x",');
  const closing = once(res, "close");
  res.write('{"users":[');
  for (let bytes = 0; bytes < maxEndlessBytes && !res.destroyed; bytes += chunk.length) {
    if (!res.write(chunk)) await Promise.race([once(res, "drain"), closing]);
  }
  res.end();
  return 200;
}

/** A byte now and then: each one would restart a timeout that counts from the last byte. */
async function drip(res: ServerResponse): Promise<number> {
  res.writeHead(200, json);
  while (!res.destroyed) {
    res.write(" ");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return 200;
}
