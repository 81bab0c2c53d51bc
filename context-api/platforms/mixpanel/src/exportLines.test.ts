import { createPassedOver } from "@sidelight/platform-kit/passedOver.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDistinctEvents } from "./distinctEvents.ts";
import { type ExportedEvent, readExport } from "./exportLines.ts";

const good = (id: string) => JSON.stringify({ event: "Opened", properties: { time: 1_790_000_000, distinct_id: id } });

/** Lines that no reader can use, without a line feed. */
const oddLine = fc.oneof(
  fc.json({ maxDepth: 3 }).filter((text) => !/[\r\n]/.test(text)),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, "")),
  fc.record({ event: fc.jsonValue(), properties: fc.jsonValue() }).map((value) => JSON.stringify(value)),
  fc
    .record({ distinct_id: fc.constantFrom(null, true, "", "anonymous", "undefined", {}, [], 1e300), time: fc.jsonValue() })
    .map((properties) => JSON.stringify({ event: "Odd", properties })),
);

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  let start = 0;
  for (let i = 0; start < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function read(bytes: Buffer, sizes = [65_536]) {
  const passedOver = createPassedOver();
  const events: ExportedEvent[] = [];
  for await (const event of readExport(inChunks(bytes, sizes), passedOver)) events.push(event);
  return { events, counts: passedOver.take() };
}

describe("a raw export", () => {
  it.each([
    ["in its place", "<!DOCTYPE html>\n<title>Sign in</title>\n"],
    ["after good lines", `${good("u1")}\n<html><body>502 Bad Gateway</body></html>\n`],
  ])("with a web page %s is incomplete", async (_, text) => {
    await expect(read(Buffer.from(text))).rejects.toMatchObject({
      code: "unavailable",
      message: "Mixpanel's export ended early.",
    });
  });

  it("keeps every good line among any odd ones, however it is cut into chunks", async () => {
    const lines = fc.array(fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: oddLine }), {
      maxLength: 12,
    });
    const chunks = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lines, chunks, async (content, sizes) => {
        const goodCount = content.filter((line) => line === null).length;
        const text = content.map((line, i) => `${line ?? good(`good-${i}`)}\n`).join("");
        const { events } = await read(Buffer.from(text), sizes);
        expect(events.filter(({ properties }) => properties.distinct_id.startsWith("good-"))).toHaveLength(goodCount);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["half a line at its end", `${good("ada")}\n${good("grace").slice(0, 30)}`],
    ["the notice that it was terminated", `${good("ada")}\nexport terminated early\n`],
    ["a huge line that has no end", `${good("ada")}\n{"event":"${"x".repeat(3_000_000)}`],
  ])("with %s is incomplete", async (_, text) => {
    await expect(read(Buffer.from(text))).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/ended early/),
    });
  });

  it("whose last line lacks only its line feed is complete", async () => {
    expect((await read(Buffer.from(`${good("ada")}\r\n\n${good("grace")}`))).events).toHaveLength(2);
  });

  it("accepts times in seconds, milliseconds and words, and numeric ids without lost digits", async () => {
    const line = (time: unknown, id: unknown) => `${JSON.stringify({ event: "e", properties: { time, distinct_id: id } })}\n`;
    const text = [
      line(1_790_000_000.5, 42),
      line("1790000000", "a"),
      line(1_790_000_000_000, "a"),
      line("2026-09-21T10:00:00Z", "a"),
      line("2026-09-21 10:00:00", "a"),
      `{"event":"e","properties":{"time":1,"distinct_id":12345678901234567890}}\n`,
      line(-5, "a"),
    ].join("");
    const { events, counts } = await read(Buffer.from(text));
    expect(events.map(({ properties }) => [properties.distinct_id, properties.time])).toEqual([
      ["42", 1_790_000_000.5],
      ["a", 1_790_000_000],
      ["a", 1_790_000_000_000],
      ["a", Date.parse("2026-09-21T10:00:00Z")],
      ["a", Date.parse("2026-09-21T10:00:00Z")],
    ]);
    expect(counts).toEqual({ "invalid distinct_id": 1, "invalid time": 1 });
  });
});

describe("distinct events", () => {
  const event = (values: object, name = "e"): ExportedEvent => ({
    event: name,
    properties: { time: 1, distinct_id: "ada", ...values },
  });

  it("are those that differ in name, time, user or $insert_id, and all without $insert_id", () => {
    const isFirst = createDistinctEvents();
    const sameProperties = { $insert_id: "x" };
    expect(
      [
        sameProperties,
        sameProperties,
        { ...sameProperties, time: 2 },
        { ...sameProperties, distinct_id: "eve" },
        { $insert_id: "y" },
      ].map((v) => isFirst(event(v))),
    ).toEqual([true, false, true, true, true]);
    expect(isFirst(event(sameProperties, "other"))).toBe(true);
    expect([{}, {}, { $insert_id: "" }, { $insert_id: null }].map((v) => isFirst(event(v)))).toEqual([true, true, true, true]);
  });
});
