/** The usual design: Express, the same verification, and a BullMQ queue in a Redis with appendfsync always. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Queue } from "bullmq";
import express from "express";

const [redisPort, secret = ""] = process.argv.slice(2);
const queue = new Queue("events", { connection: { host: "127.0.0.1", port: Number(redisPort) } });
const app = express();
app.post("/hook", express.raw({ type: "*/*", limit: "512kb" }), async (req, res) => {
  const body = req.body as Buffer;
  const timestamp = req.header("x-zendesk-webhook-signature-timestamp") ?? "";
  const signature = Buffer.from(req.header("x-zendesk-webhook-signature") ?? "", "base64");
  const expected = createHmac("sha256", secret).update(timestamp).update(body).digest();
  const isFresh = Math.abs(Date.now() - Date.parse(timestamp)) <= 300_000;
  if (!isFresh || signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    res.status(401).end();
    return;
  }
  const event = JSON.parse(body.toString("utf8")) as { id: string; type: string };
  await queue.add(event.type, event, { jobId: event.id });
  res.status(200).json({ accepted: 1 });
});
const server = app.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
