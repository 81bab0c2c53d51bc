import { describe, expect, it } from "vitest";
import { preferredCoding } from "./acceptEncoding.ts";

describe("the coding that a caller prefers", () => {
  it.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip, deflate", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["br;q=0.5, gzip", "gzip"],
    ["GZIP", "gzip"],
    ["*", "br"],
    ["*;q=0.1, identity", "identity"],
    ["br;q=0, *", "gzip"],
    ["gzip;q=0", "identity"],
    ["gzip;q=0.0, br;q=0", "identity"],
    ["identity;q=0.5, gzip;q=0.4", "identity"],
    ["deflate, zstd", "identity"],
    ["gzip;q=2", "identity"],
    [`${"x,".repeat(100)}gzip`, "gzip"],
  ])("%s → %s", (header, coding) => {
    expect(preferredCoding(header)).toBe(coding);
    expect(preferredCoding(header)).toBe(coding);
  });
});
