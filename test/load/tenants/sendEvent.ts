import { randomUUID } from "node:crypto";
import { type Agent, request } from "undici";
import { standardSignature } from "../../harness/genericWebhook.ts";

export const secret = `whsec_${Buffer.from("the webhook's secret of the bench").toString("base64")}`;

/** Sends one signed event. @returns the status of the answer */
export async function sendEvent(port: string, tenant: string, dispatcher: Agent): Promise<number> {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({ type: "signed_up", at: new Date().toISOString(), customer: { userId: id }, data: {} });
  const headers = {
    ...{ "content-type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp },
    "webhook-signature": standardSignature(secret, id, timestamp, body),
  };
  const url = `http://127.0.0.1:${port}/v1/webhooks/${tenant}/generic/token-${tenant}`;
  const answer = await request(url, { method: "POST", dispatcher, headers, body });
  await answer.body.dump();
  return answer.statusCode;
}

/** Reads a context that memory does not have. @returns the status of the answer */
export async function readContext(port: string, key: string, dispatcher: Agent): Promise<number> {
  const url = `http://127.0.0.1:${port}/v1/context/email:${randomUUID()}@people.test`;
  const answer = await request(url, { dispatcher, headers: { authorization: `Bearer ${key}` } });
  await answer.body.dump({ limit: 10_000_000 });
  return answer.statusCode;
}
