import { createCursorGuard } from "@sidelight/platform-kit/cursors.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient } from "./client.ts";
import { WireCursorMeta } from "./wire.ts";

const listPageSize = 100;

/** One page of a list with cursor paging. Its items are parsed one by one, because one of them may be odd. */
export interface ListPage {
  items: unknown[];
  /** Cursor of the next page; null on the last one. */
  next: string | null;
  /** When its request was sent, epoch ms. */
  requestedAt: number;
}

export interface List {
  path: string;
  /** Member of the answer with the items. */
  member: string;
  query?: Record<string, string>;
  /** Continues after this cursor; from the start when null. */
  cursor?: string | null;
}

/** Reads a list page by page, until Zendesk reports that there is no further page (`meta.has_more`). */
export async function* listPages(
  { client, now }: { client: ZendeskClient; now(): number },
  { path, member, query = {}, cursor = null }: List,
  call: CallOptions,
): AsyncIterable<ListPage> {
  const Page = z.looseObject({ [member]: z.array(z.unknown()), meta: WireCursorMeta });
  const cursors = createCursorGuard("zendesk");
  let nextCursor = cursor;
  for (;;) {
    const requestedAt = now();
    const parameters = new URLSearchParams({
      ...query,
      "page[size]": String(listPageSize),
      ...(nextCursor === null ? {} : { "page[after]": nextCursor }),
    });
    const page = await client.get(`${path}?${parameters}`, path, Page, call);
    const { has_more, after_cursor } = page["meta"] as WireCursorMeta;
    const next = has_more ? cursors.next(continued(after_cursor)) : null;
    yield { items: page[member] as unknown[], next, requestedAt };
    if (next === null) return;
    nextCursor = next;
  }
}

/** All items of a list that is short. */
export async function listAll(
  tools: { client: ZendeskClient; now(): number },
  list: List,
  call: CallOptions,
): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const page of listPages(tools, list, call)) items.push(...page.items);
  return items;
}

/** The cursor of a page that is not the last one. @throws {PlatformError} `unavailable` without one: the list must not count as complete */
export function continued(cursor: string | null | undefined): string {
  if (cursor) return cursor;
  throw new PlatformError("unavailable", "zendesk", "Zendesk announced a further page without its cursor.", {
    isPlatformFault: false,
  });
}
