import { describe, expect, it } from "vitest";
import { createProgress } from "./progress.ts";

function open(isTTY: boolean) {
  let now = 0;
  let output = "";
  const progress = createProgress({ isTTY, write: (text) => (output += text) }, () => now);
  return {
    progress,
    advance: (ms: number) => {
      now += ms;
    },
    written: () => output,
  };
}

describe("the progress of the start", () => {
  it("changes one line at a terminal", () => {
    const { progress, advance, written } = open(true);
    progress.update("Filling the store:", 0);
    advance(10_000);
    progress.update("Filling the store:", 25);
    progress.step("Next");
    expect(written()).toBe("\r\u001b[2KFilling the store:\r\u001b[2KFilling the store: 25 %, about 30 s left\nNext\n");
  });

  it("writes a line every ten percent without a terminal", () => {
    const { progress, written } = open(false);
    for (let percent = 0; percent <= 100; percent++) progress.update("Filling the store:", percent);
    const lines = written().trimEnd().split("\n");
    expect(lines).toHaveLength(11);
    expect(lines[1]).toBe("Filling the store: 10 %");
  });

  it("writes a line when the text changes", () => {
    const { progress, written } = open(false);
    progress.update("Filling the store:", 3);
    progress.update("Filling the store, waiting for acme/zendesk:", 3);
    progress.update("Filling the store, waiting for acme/zendesk:", 4);
    expect(written()).toBe("Filling the store: 3 %\nFilling the store, waiting for acme/zendesk: 3 %\n");
  });
});
