import type { Outcome } from "@sidelight/platform-kit/action.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createHttp, type PlatformResponse, retryAfter } from "@sidelight/platform-kit/http.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import type { GenericOptions } from "../options.ts";
import { PrivateAddress, publicOnly, refusePrivate } from "./publicOnly.ts";

const timeoutMs = 10_000;
/** More of an answer isn't read: nothing in it is used. */
const mostAnswerBytes = 64 * 1024;

export interface Message {
  url: string;
  /** What the call log shows. */
  route: string;
  pool: "post" | "slack";
  headers: Record<string, string>;
  body: string;
}

export interface Sender {
  /** POSTs a message. Answers what came of it; `read` says more of a status than {@link answered} would. */
  send(message: Message, call: CallOptions, read?: (status: number) => Outcome | null): Promise<Outcome>;
  close(): Promise<void>;
}

export function createSender(options: GenericOptions, tools: ConnectionTools): Sender {
  const http = createHttp("generic", tools, options.allowPrivate ? {} : { lookup: publicOnly });
  const heedLimit = ({ headers }: PlatformResponse, pool: Message["pool"]): void => {
    const resetAt = retryAfter(headers, tools.now());
    if (resetAt !== null) tools.onAllowance(pool, { limit: 0, remaining: 0, resetAt });
  };
  return {
    close: () => http.close(),
    async send({ url, route, pool, headers, body }, call, read = () => null) {
      const to = addressOf(url);
      if (to === null) return failed("misconfigured", "The address can't be read.");
      if (to.protocol !== "https:" && !(options.allowInsecure && to.protocol === "http:")) {
        return failed("misconfigured", "The address isn't https.");
      }
      try {
        if (!options.allowPrivate) refusePrivate(to);
        const all = { "content-type": "application/json", "user-agent": "Sidelight", ...headers };
        const request = { method: "POST" as const, url: to.href, route, headers: all, body };
        const response = await http.send(request, { ...call, pool, timeoutMs });
        await discard(response);
        if (response.status === 429) heedLimit(response, pool);
        return read(response.status) ?? answered(response, tools.now());
      } catch (error) {
        if (error instanceof PrivateAddress) return failed("misconfigured", error.message);
        throw error;
      }
    },
  };
}

const addressOf = (url: string): URL | null => (URL.canParse(url) ? new URL(url) : null);

/** Frees the connection. A body without end ends it. */
async function discard({ body }: PlatformResponse): Promise<void> {
  let bytes = 0;
  try {
    for await (const piece of body) {
      bytes += piece.byteLength;
      if (bytes > mostAnswerBytes) return;
    }
  } catch {
    // The status came, and it is all that counts.
  }
}

/** Standard Webhooks: 2xx is a receipt, 410 asks for no more, 429 and 5xx are tried again. */
function answered({ status, headers }: PlatformResponse, now: number): Outcome {
  if (status >= 200 && status < 300) return done(null);
  const retryAt = retryAfter(headers, now);
  if (status === 429)
    return failed("rate_limited", "The endpoint asks for fewer requests (429).", { isRetryable: true, retryAt });
  if (status >= 500 || status === 408) {
    return failed("unavailable", `The endpoint answered ${status}.`, { isRetryable: true, retryAt });
  }
  if (status < 400) return failed("misconfigured", `The endpoint redirects (${status}); redirects aren't followed.`);
  if (status === 410) return failed("not_found", "The endpoint is gone (410).");
  return failed("rejected", `The endpoint refused the message (${status}).`);
}

/** Reads a secret that is an address or a key. @throws {PlatformError} */
export const secretNamed = async ({ secret }: Pick<ConnectionTools, "secret">, name: string): Promise<string> => {
  const value = (await secret(name)).trim();
  if (value !== "") return value;
  throw new PlatformError("invalid_credentials", "generic", "A secret that this connection names is empty.", { status: 403 });
};
