import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import type { Exchange } from "../specs/exchange.ts";

/** Stands between a client and a platform's simulator, hands everything on untouched, and keeps a copy. */
export interface Tee {
  /** Where a client has to ask to reach `target`. */
  to(target: string): string;
  close(): Promise<void>;
}

export async function openTee(platform: Exchange["platform"], note: (exchange: Exchange) => void): Promise<Tee> {
  let target = "";
  const server = createServer((req, res) => void handOn(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handOn(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/" } = req;
    const body = await whole(req);
    const { hostname, port } = new URL(target);
    const onward = request({ hostname, port, path, method, headers: req.headers }, async (answer) => {
      res.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(res);
      const bytes = await whole(answer).catch(() => null);
      if (bytes === null) return;
      const [headers, answerHeaders] = [flat(req.headers), flat(answer.headers)];
      note({
        platform,
        method,
        path,
        headers,
        body: plain(headers, body),
        status: answer.statusCode!,
        answerHeaders,
        answer: plain(answerHeaders, bytes),
      });
    });
    onward.on("error", () => res.destroy());
    onward.end(body);
  }

  return {
    to(address) {
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

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => stream.on("end", resolve).on("error", reject));
  return Buffer.concat(chunks);
}

const plain = (headers: Record<string, string>, body: Buffer): Buffer =>
  headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;

const flat = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
