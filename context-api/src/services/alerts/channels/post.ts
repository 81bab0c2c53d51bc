import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import { publicOnly, refusePrivate } from "@sidelight/platform-kit/publicOnly.ts";
import { type ChannelTools, failure, type SendOutcome } from "./channel.ts";

const timeoutMs = 10_000;

export interface Post {
  /** Name of the service in messages. */
  service: string;
  url: string;
  body: object;
  /** True allows plain HTTP and private networks. */
  allowPrivate: boolean;
}

/** Posts JSON. Redirects are not followed, because they would take the message and its credentials elsewhere. */
export async function postJson(
  { service, url, body, allowPrivate }: Post,
  { now }: Pick<ChannelTools, "now">,
  outcomeOf: (status: number, text: string) => SendOutcome,
): Promise<SendOutcome> {
  if (!URL.canParse(url)) return failure(`The URL of ${service} is invalid. Correct the secret or the setting.`);
  const target = new URL(url);
  if (target.protocol !== "https:" && !allowPrivate) return failure(`The URL of ${service} is not https.`);
  const tools = { acquire: () => Promise.resolve(), onCall: () => {}, onDate: () => {} };
  const http = createHttp(service, tools, { acceptsWebPages: true, ...(allowPrivate ? {} : { lookup: publicOnly(service) }) });
  try {
    if (!allowPrivate) refusePrivate(service, target);
    const headers = { "content-type": "application/json", "user-agent": "Sidelight" };
    // The path of a URL can be a credential.
    const request = { method: "POST" as const, url: target.href, route: "{url}", headers, body: JSON.stringify(body) };
    const call = { priority: "sync" as const, signal: AbortSignal.timeout(timeoutMs), quota: null, timeoutMs };
    const response = await http.send(request, { ...call, returnsRedirects: true });
    const text = await response.text();
    if (response.status === 429)
      return failure(`${service} limits the rate of messages (429).`, retryAfter(response.headers, now()));
    if (response.status >= 500) return failure(`${service} answered ${response.status}.`, retryAfterOf(response, now()));
    if (response.status >= 300 && response.status < 400)
      return failure(`${service} redirects (${response.status}). Redirects are not followed: set the final address.`);
    return outcomeOf(response.status, text);
  } catch (error) {
    if (error instanceof PlatformError) return failure(`${service}: ${error.message}`);
    throw error;
  } finally {
    await http.close();
  }
}

const retryAfterOf = ({ headers }: PlatformResponse, now: number): number | null => retryAfter(headers, now);
