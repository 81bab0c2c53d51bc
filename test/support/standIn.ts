import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface StandInRequest {
  method: string;
  /** Path and query string. */
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface StandInAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A fake external service: a real HTTP server on this machine. */
export interface StandIn {
  url: string;
  requests: StandInRequest[];
  close(): Promise<void>;
}

/** @param answer null leaves the request without a response */
export async function standIn(answer: (request: StandInRequest) => StandInAnswer | null): Promise<StandIn> {
  const requests: StandInRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await read(incoming);
    requests.push(request);
    const response = answer(request);
    if (!response) return;
    const text = typeof response.body === "string" ? response.body : JSON.stringify(response.body ?? {});
    outgoing.writeHead(response.status, { "content-type": "application/json", ...response.headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(incoming: IncomingMessage): Promise<StandInRequest> {
  let body = "";
  for await (const chunk of incoming) body += String(chunk);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? "", url: incoming.url ?? "", headers, body };
}
