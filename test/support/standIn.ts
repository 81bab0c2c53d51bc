import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface StandInRequest {
  method: string;
  /** With its query. */
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface StandInAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A service that the product talks to, as far as a test needs it: a real HTTP server on this machine. */
export interface StandIn {
  url: string;
  requests: StandInRequest[];
  close(): Promise<void>;
}

/** @param answer null leaves the request without an answer */
export async function standIn(answer: (request: StandInRequest) => StandInAnswer | null): Promise<StandIn> {
  const requests: StandInRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await read(incoming);
    requests.push(request);
    const answered = answer(request);
    if (!answered) return;
    const text = typeof answered.body === "string" ? answered.body : JSON.stringify(answered.body ?? {});
    outgoing.writeHead(answered.status, { "content-type": "application/json", ...answered.headers }).end(text);
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
