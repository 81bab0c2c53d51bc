import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Exchange } from "../exchange.ts";

/** A proxy between a client and a platform's simulator that forwards everything unchanged and keeps a copy. */
export interface RecordingProxy {
  /** The proxy's address for requests to `target`. */
  forwardTo(target: string): string;
  close(): Promise<void>;
}

export async function openRecordingProxy(
  platform: Exchange["platform"],
  record: (exchange: Exchange) => void,
): Promise<RecordingProxy> {
  let target = "";
  const server = createServer((req, res) => void handOn(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handOn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = req;
    const body = await readAll(req);
    const { host, hostname, port } = new URL(target);
    const forwardedHeaders = { ...req.headers, host };
    const forwardedRequest = request({ hostname, port, path, method, headers: forwardedHeaders }, async (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
      const bytes = await readAll(answer).catch(() => null);
      if (bytes === null) return;
      const [headers, responseHeaders] = [flatHeaders(req.headers), flatHeaders(answer.headers)];
      record({
        platform,
        method,
        path,
        headers,
        body: decoded(headers, body),
        status: answer.statusCode!,
        responseHeaders,
        response: decoded(responseHeaders, bytes),
      });
    });
    forwardedRequest.on("error", () => res.destroy());
    forwardedRequest.end(body);
  }

  return {
    forwardTo(address) {
      target = address;
      return url;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => stream.on("end", resolve).on("error", reject));
  return Buffer.concat(chunks);
}

const decoded = (headers: Record<string, string>, body: Buffer): Buffer =>
  headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;

const flatHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
