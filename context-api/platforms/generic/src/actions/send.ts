import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { PrivateAddressError, publicOnly, refusePrivate } from "@sidelight/platform-kit/publicOnly.ts";
import type { GenericOptions } from "../options.ts";

const timeoutMs = 10_000;
/** The response body is not used; reading stops here. */
const maxResponseBytes = 64 * 1024;

export interface Message {
  url: string;
  /** Route in the call log. */
  route: string;
  quota: "post" | "slack";
  headers: Record<string, string>;
  body: string;
}

export interface Sender {
  /** POSTs a message. `outcomeOfStatus` handles statuses that have a special meaning; null for the default outcome. */
  send(message: Message, call: CallOptions, outcomeOfStatus?: (status: number) => Outcome | null): Promise<Outcome>;
  close(): Promise<void>;
}

export function createSender(options: GenericOptions, tools: ConnectionTools): Sender {
  // An endpoint may answer in any form: only its status counts.
  const http = createHttp("generic", tools, {
    acceptsWebPages: true,
    ...(options.allowPrivate ? {} : { lookup: publicOnly("generic") }),
  });
  const reportLimit = ({ headers }: PlatformResponse, quota: Message["quota"]): void => {
    const resetAt = retryAfter(headers, tools.now());
    if (resetAt !== null) tools.onQuota(quota, { limit: 0, remaining: 0, resetAt });
  };
  return {
    close: () => http.close(),
    async send({ url, route, quota, headers, body }, call, outcomeOfStatus = () => null) {
      if (!URL.canParse(url)) return failure("misconfigured", "The URL is invalid.");
      const target = new URL(url);
      if (target.protocol !== "https:" && !(options.allowInsecure && target.protocol === "http:")) {
        return failure("misconfigured", "The URL is not https.");
      }
      try {
        if (!options.allowPrivate) refusePrivate("generic", target);
        const allHeaders = { "content-type": "application/json", "user-agent": "Sidelight", ...headers };
        const request = { method: "POST" as const, url: target.href, route, headers: allHeaders, body };
        const response = await http.send(request, { ...call, quota, timeoutMs, returnsRedirects: true });
        await discard(response);
        if (response.status === 429) reportLimit(response, quota);
        return outcomeOfStatus(response.status) ?? defaultOutcome(response, tools.now());
      } catch (error) {
        if (error instanceof PrivateAddressError) return failure("misconfigured", error.message);
        throw error;
      }
    },
  };
}

/** Reads and drops the body to free the connection. A body without end closes it. */
async function discard({ body }: PlatformResponse): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      if (bytes > maxResponseBytes) return;
    }
  } catch {
    // Only the status matters, and it has arrived.
  }
}

/** Standard Webhooks: 2xx is success, 410 means that the endpoint is gone, 429 and 5xx are retried. */
function defaultOutcome({ status, headers }: PlatformResponse, now: number): Outcome {
  if (status >= 200 && status < 300) return success(null);
  const retryAt = retryAfter(headers, now);
  if (status === 429)
    return failure("rate_limited", "The endpoint's rate limit is reached (429).", { isRetryable: true, retryAt });
  if (status >= 500 || status === 408) {
    return failure("unavailable", `The endpoint answered ${status}.`, { isRetryable: true, retryAt });
  }
  if (status < 400)
    return failure("misconfigured", `The endpoint redirects (${status}). Redirects are not followed; configure the final URL.`);
  if (status === 410) return failure("not_found", "The endpoint is gone (410).");
  return failure("rejected", `The endpoint refused the message (${status}).`);
}

/** Resolves a secret and trims it. @throws {PlatformError} when it is missing or empty */
export const secretNamed = async ({ secret }: Pick<ConnectionTools, "secret">, name: string): Promise<string> => {
  const value = (await secret(name)).trim();
  if (value !== "") return value;
  throw new PlatformError(
    "invalid_credentials",
    "generic",
    "A secret of this connection is empty. Set it, then requeue the delivery.",
    { status: 403 },
  );
};
