import type { Host } from "./host.ts";

/** Statuses whose response must not have a body. */
const bodyless = new Set([204, 205, 304]);

/**
 * `fetch` through the host's proxy, which puts secure settings into the headers: the API key never reaches the browser.
 * Rejects as `fetch` does when no answer arrives.
 */
export function hostFetch(host: Host): typeof fetch {
  return async (url, { method, headers, body, signal } = {}) => {
    signal?.throwIfAborted();
    const { "content-type": _contentType, ...otherHeaders } = (headers ?? {}) as Record<string, string>;
    const response = host.request({
      method: method === "POST" ? "POST" : "GET",
      url: String(url),
      headers: otherHeaders,
      ...(typeof body === "string" ? { body } : {}),
    });
    // The proxy cannot cancel a request: its answer is dropped.
    const abortion = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const answer = await Promise.race([response, abortion]);
    if (!answer) throw new TypeError("No answer through the host's proxy");
    const content = bodyless.has(answer.status) ? null : JSON.stringify(answer.body);
    return new Response(content, { status: answer.status, headers: answer.headers });
  };
}
