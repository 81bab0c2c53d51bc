import type { Clock } from "../simulators/clock.ts";
import type { Reply } from "./job.ts";

/** As `fetch`; tests put the product itself in its place. */
export type Send = (
  url: string,
  init: { method: "POST"; headers: Record<string, string>; body: string; redirect: "manual"; signal: AbortSignal },
) => Promise<Response>;

const longestAnswer = 64 * 1024;

/** One request and its answer, or what happened in its stead by the lab's clock. */
export async function exchange(
  send: Send,
  clock: Clock,
  { url, timeoutMs }: { url: string; timeoutMs: number },
  message: { headers: Record<string, string>; body: string },
): Promise<Reply> {
  const over = new AbortController();
  const answer = async (): Promise<Reply> => {
    const response = await send(url, { method: "POST", ...message, redirect: "manual", signal: over.signal });
    return { status: response.status, headers: response.headers, text: (await response.text()).slice(0, longestAnswer) };
  };
  const slow = clock.sleep(timeoutMs, over.signal).then(
    (): Reply => "timeout",
    (): Reply => "timeout",
  );
  try {
    return await Promise.race([answer().catch((): Reply => "unreachable"), slow]);
  } finally {
    over.abort();
  }
}
