import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkMatcher, parseAddress } from "./addresses.ts";

describe("an address as proxies and sockets write it", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    [" 203.0.113.7\t", "203.0.113.7"],
    ["203.0.113.7:54321", "203.0.113.7"],
    ['"203.0.113.7:54321"', "203.0.113.7"],
    ["2001:db8::1", "2001:db8::1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ['"[2001:db8::1]:443"', "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%25eth0]:443", "fe80::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:80", "203.0.113.7"],
    ["::1", "::1"],
  ])("%s is %s", (text, address) => {
    expect(parseAddress(text)).toBe(address);
  });

  it.each([
    "",
    " ",
    "unknown",
    "_hidden",
    "localhost",
    "proxy.example:80",
    "203.0.113",
    "203.0.113.7.8",
    "203.0.113.256",
    "203.0.113.07",
    "0x7f.0.0.1",
    "2130706433",
    "127.1",
    "203.0.113.7:",
    "203.0.113.7:port",
    "203.0.113.7:80:80",
    "[203.0.113.7]",
    "[2001:db8::1",
    "2001:db8::1]:443",
    "[]",
    "[[::1]]",
    "2001:db8::1::2",
    "203.0.113.7, 203.0.113.8",
    "203.0.113.0/24",
    "<script>",
  ])("%s is none", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it("is idempotent, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.ipV4Extended()), (text) => {
        const address = parseAddress(text);
        if (address !== null) expect(parseAddress(address)).toBe(address);
      }),
    );
  });
});

describe("networks", () => {
  const isInside = networkMatcher(["203.0.113.0/24", "2001:db8::/32", "198.51.100.7", "::ffff:192.0.2.0/120"]);

  it("contain their addresses in each notation", () => {
    for (const text of ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8:1::1", "198.51.100.7", "192.0.2.200"])
      expect(isInside(parseAddress(text) ?? ""), text).toBe(true);
  });

  it("contain no others", () => {
    for (const text of ["203.0.114.1", "2001:db9::1", "198.51.100.8", "192.0.3.1", "::1"])
      expect(isInside(parseAddress(text) ?? ""), text).toBe(false);
  });
});
