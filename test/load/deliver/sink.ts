/** A fake Mixpanel that accepts everything and records the arrival time by the number in each event. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

interface Imported {
  properties: { n: number; $insert_id: string };
}

let arrivalTimes: number[] = [];
let requests = 0;
let repeatCount = 0;
const names = new Set<string>();

const silent = { status: "ok", results: [], page: 0, page_size: 1000, session_id: "s", total: 0 };

const server = createServer(async (request, response) => {
  const body = await readBody(request);
  const [path = ""] = (request.url ?? "").split("?");
  // Accepts the request and never responds.
  if (path === "/post/dead") return;
  if (path === "/post/slow") await new Promise((resolve) => setTimeout(resolve, 3_000));
  response.statusCode = path === "/post/refusing" ? 400 : 200;
  response.setHeader("content-type", "application/json");
  response.end(path.endsWith("/export") ? "" : JSON.stringify(answer(path, body)));
});

function answer(path: string, body: Buffer): object {
  if (path === "/import") return imported(gunzipSync(body));
  if (path === "/post") record((JSON.parse(body.toString()) as { n: number }).n);
  if (path === "/post/measured") record((JSON.parse(body.toString()) as { data: { n: number } }).data.n);
  if (path.startsWith("/post")) return {};
  if (path !== "/seen") return silent;
  const arrivals = { arrivalTimes, requests, repeated: repeatCount };
  [arrivalTimes, requests, repeatCount] = [[], 0, 0];
  return arrivals;
}

server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

function imported(json: Buffer): object {
  const events = JSON.parse(json.toString()) as Imported[];
  requests += 1;
  for (const { properties } of events) {
    if (names.has(properties.$insert_id)) repeatCount += 1;
    names.add(properties.$insert_id);
    record(properties.n);
  }
  return { code: 200, num_records_imported: events.length, status: "OK" };
}

function record(n: number): void {
  arrivalTimes[n] = Date.now();
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
