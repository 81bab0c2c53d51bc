import type { AnswerName, Answers } from "./answers.ts";
import type { CallOptions, Sender } from "./send.ts";

/** Filters that lists share. Each operation documents what `source`, `type` and `state` mean for it. */
export interface ListOptions extends CallOptions {
  /** Items a page, 1 to 1,000; 50 by default. */
  limit?: number;
  /** `nextCursor` of the previous page. */
  cursor?: string;
  source?: string;
  type?: string;
  /** Nothing older than this instant, RFC 3339. */
  since?: string;
  state?: string;
}

export interface Page<T> {
  items: T[];
  /** For the next page; null on the last one. */
  nextCursor: string | null;
}

export async function pageFrom<N extends AnswerName>(
  send: Sender["send"],
  path: string,
  { signal, ...filters }: CallOptions & object,
  name: N,
): Promise<Answers[N]> {
  return (await send(path, { query: filters, signal }, name)).body;
}

/** Every item of a list, page by page: `for await (const event of allPages((cursor) => client.getEvents({ cursor })))`. */
export async function* allPages<T>(getPage: (cursor?: string) => Promise<Page<T>>): AsyncGenerator<T> {
  let cursor: string | undefined;
  do {
    const page = await getPage(cursor);
    yield* page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
