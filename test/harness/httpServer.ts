import { Agent, type IncomingHttpHeaders, request } from "node:http";
import type { AheadHandler } from "@sidelight/context-api/http/ahead.ts";
import { createApiServer } from "@sidelight/context-api/http/server.ts";
import type { Harness } from "./harness.ts";

export interface SentRequest {
  path: string;
  method?: string;
  /** Names and values. A name with several values is sent several times. */
  headers?: Record<string, string | string[]>;
  /** Without a content length, it is sent in chunks. */
  body?: string;
}

export interface ReceivedAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** True when it was answered ahead of the router. */
  isAhead: boolean;
}

/** The harness's API behind a real HTTP server. */
export interface HttpFront {
  send(request: SentRequest): Promise<ReceivedAnswer>;
  close(): void;
}

/** @param options.ahead false routes every request */
export async function openHttpFront({ app }: Harness, { ahead: isAhead = true } = {}): Promise<HttpFront> {
  const server = createApiServer();
  const { port } = await server.listen(0, "127.0.0.1");
  let lastWasAhead = false;
  const noted =
    (handle: AheadHandler): AheadHandler =>
    (incoming, response) => {
      const isTaken = handle(incoming, response);
      lastWasAhead ||= isTaken;
      return isTaken;
    };
  server.serve({ fetch: app.fetch, ahead: isAhead ? app.ahead.map(noted) : [] }, { bodySeconds: 15 });
  const agent = new Agent({ keepAlive: true });
  return {
    send: ({ path, method = "GET", headers = {}, body }) =>
      new Promise((resolve, reject) => {
        lastWasAhead = false;
        const sent = request({ agent, host: "127.0.0.1", port, path, method, headers, setHost: headers["host"] === undefined });
        sent.once("error", reject);
        sent.once("response", (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.once("error", reject);
          response.once("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
              isAhead: lastWasAhead,
            }),
          );
        });
        if (body !== undefined) sent.write(body);
        sent.end();
      }),
    close() {
      agent.destroy();
      server.close();
    },
  };
}
