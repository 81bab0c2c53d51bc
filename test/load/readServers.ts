/**
 * Servers that the read benchmark is compared with: `node readServers.ts <name> <file>`. Each sends the bytes of the file, and prints its
 * port.
 */
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";

const [name = "", file = ""] = process.argv.slice(2);
const body = readFileSync(file);

const listeners: Record<string, () => Promise<RequestListener> | RequestListener> = {
  /** The minimum for Node: one prebuilt answer with two headers. */
  raw: () => (_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  },
  hono() {
    const app = new Hono();
    app.get("/v1/context/:ref", (c) => c.body(body as Uint8Array<ArrayBuffer>, 200, { "content-type": "application/json" }));
    const listen = getRequestListener(app.fetch);
    return (request, response) => void listen(request, response);
  },
  async fastify() {
    const app = fastify();
    app.get("/v1/context/:ref", (_, reply) => reply.type("application/json").send(body));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  express() {
    const app = express();
    const context = JSON.parse(body.toString());
    app.get("/v1/context/:ref", (_, response) => void response.json(context));
    return app;
  },
};

const listener = await listeners[name]?.();
const server = createServer(listener ?? (() => {}));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.stdout.write(`${address?.port}\n`);
});
