import { describe, expect, it } from "vitest";
import { pageById, pageByOffset, pageByPosition } from "./page.ts";

const numbers = Array.from({ length: 10 }, (_, i) => 10 - i);

describe("pageByOffset", () => {
  const read = (limit: number, cursor?: string) =>
    pageByOffset({ limit, cursor }, async ({ limit: count, offset }) => numbers.slice(offset, offset + count), String);

  it("returns all items in pages, without gap or repetition", async () => {
    const items: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(3, cursor);
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(items).toEqual(numbers.map(String));
  });

  it("has no next cursor when the last page is full", async () => {
    expect((await read(10)).nextCursor).toBeNull();
  });

  it.each(["", "n1", "bm9uZQ", Buffer.from("n1e3").toString("base64url")])("refuses the cursor %j", async (cursor) => {
    await expect(read(3, cursor)).rejects.toMatchObject({ code: "invalid_request", errors: [{ pointer: "/cursor" }] });
  });
});

describe("pageByPosition", () => {
  it("does not repeat an item when new ones are added in front", async () => {
    const list = [...numbers];
    const read = (cursor?: string) =>
      pageByPosition(
        { limit: 4, cursor },
        ({ limit, below }) => list.filter((n) => below === null || n < below).slice(0, limit),
        (n) => n,
      );
    const first = await read();
    list.unshift(12, 11);
    const second = await read(first.nextCursor ?? undefined);
    expect([...first.items, ...second.items]).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
  });

  it("returns an empty page without cursor for an empty list", async () => {
    expect(
      await pageByPosition(
        { limit: 4 },
        () => [],
        () => 0,
      ),
    ).toEqual({ items: [], nextCursor: null });
  });
});

describe("pageById", () => {
  const ids = ["01KB9Z0000000000000000000C", "01KB9Z0000000000000000000B", "01KB9Z0000000000000000000A"];
  const read = (limit: number, cursor?: string) =>
    pageById(
      { limit, cursor },
      async ({ limit: count, below }) => ids.filter((id) => below === null || id < below).slice(0, count),
      (id) => id,
    );

  it("goes on below the last id of a page", async () => {
    const first = await read(2);
    expect(first.items).toEqual(ids.slice(0, 2));
    expect(await read(2, first.nextCursor ?? "")).toEqual({ items: ids.slice(2), nextCursor: null });
  });

  it.each(["", "bm9uZQ", Buffer.from("n12").toString("base64url")])("refuses the cursor %j", async (cursor) => {
    await expect(read(3, cursor)).rejects.toMatchObject({ code: "invalid_request" });
  });
});
