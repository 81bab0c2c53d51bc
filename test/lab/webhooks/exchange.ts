import type { Clock } from "../simulators/clock.ts";
import type { Reply } from "./job.ts";

/** Like `fetch`. Tests pass the product itself. */
export type Send = (
  url: string,
  init: { method: "POST"; headers: Record<string, string>; body: string; redirect: "manual"; signal: AbortSignal },
) => Promise<Response>;

const maxResponseBytes = 64 * 1024;

/** One request and its response, or its failure, on the lab's clock. */
export async function exchange(
  send: Send,
  clock: Clock,
  { url, timeoutMs }: { url: string; timeoutMs: number },
  message: { headers: Record<string, string>; body: string },
): Promise<Reply> {
  const abort = new AbortController();
  const answer = async (): Promise<Reply> => {
    const response = await send(url, { method: "POST", ...message, redirect: "manual", signal: abort.signal });
    return { status: response.status, headers: response.headers, text: (await response.text()).slice(0, maxResponseBytes) };
  };
  const slow = clock.sleep(timeoutMs, abort.signal).then(
    (): Reply => "timeout",
    (): Reply => "timeout",
  );
  try {
    return await Promise.race([answer().catch((): Reply => "unreachable"), slow]);
  } finally {
    abort.abort();
  }
}
