import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseReader, type ServerEvent } from "./sse.ts";

function read(...pieces: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const feed = createSseReader((event) => events.push(event));
  for (const piece of pieces) feed(piece);
  return events;
}

describe("server-sent events", () => {
  it("are read with and without a name, over several lines, past comments", () => {
    expect(read(": still here\n\nevent: section\ndata: 1\n\ndata:a\ndata\ndata: b\nid: 7\n\n")).toEqual([
      { event: "section", data: "1" },
      { event: "message", data: "a\n\nb" },
    ]);
  });

  it("without data, or cut off, are none", () => {
    expect(read("event: section\n\n", "event: settled\ndata: {}\n")).toEqual([]);
  });

  it("are the same in any pieces and with any line break", () => {
    const stream = 'event: section\ndata: {"name":"support"}\n\n: still here\n\nevent: settled\ndata: {}\ndata: ü\n\n';
    const whole = read(stream);
    const cuts = fc.array(fc.nat(stream.length * 2), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom("\n", "\r\n", "\r"), cuts, (newline, places) => {
        // What follows is what ends a line that ends in a lone carriage return.
        const text = `${stream.replaceAll("\n", newline)}:`;
        const at = [0, ...places.filter((place) => place <= text.length).sort((a, b) => a - b), text.length];
        expect(read(...at.slice(1).map((end, index) => text.slice(at[index], end)))).toEqual(whole);
      }),
    );
  });
});
