import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClientAddress } from "./clientAddress.ts";

describe("the address of a client", () => {
  it("is the socket's address when no proxy is trusted, whatever the headers contain", () => {
    for (const trustedProxies of [0, []]) {
      const clientAddress = createClientAddress(trustedProxies);
      expect(clientAddress("::ffff:198.51.100.1", "203.0.113.7")).toBe("198.51.100.1");
      expect(clientAddress(null, "203.0.113.7")).toBeNull();
    }
  });

  it.each([
    ["the last entry", "203.0.113.7", "203.0.113.7"],
    ["the last entry with a port", "203.0.113.7:40123", "203.0.113.7"],
    ["a bracketed entry with a port", "[2001:db8::1]:40123", "2001:db8::1"],
    ["the last of several, which the client may have sent", "203.0.113.7, 198.51.100.1", "198.51.100.1"],
    ["nothing for garbage", "203.0.113.7, unknown", null],
    ["nothing for an empty entry", "203.0.113.7,", null],
    ["nothing without the header", undefined, null],
  ])("behind one proxy is %s", (_, header, address) => {
    expect(createClientAddress(1)("10.0.0.1", header)).toBe(address);
  });

  it("behind two proxies is the entry that the outer one added", () => {
    expect(createClientAddress(2)("10.0.0.1", "192.0.2.9, 203.0.113.7, 10.0.0.2")).toBe("203.0.113.7");
    expect(createClientAddress(2)("10.0.0.1", "10.0.0.2")).toBeNull();
  });

  describe("behind proxies that send the header Forwarded", () => {
    const clientAddress = createClientAddress(["10.0.0.0/8"], "forwarded");

    it.each([
      [
        "the last that is not a proxy",
        'for=192.0.2.9, For="203.0.113.7:1234";proto=https;by=10.0.0.3, for=10.0.0.2',
        "203.0.113.7",
      ],
      ["an IPv6 address in brackets and quotes", 'for="[2001:db8::1]:443";proto=https', "2001:db8::1"],
      ["nothing for a name that hides the address", "for=203.0.113.7, for=_hidden", null],
      ["nothing for an element without the parameter", "for=203.0.113.7, proto=https", null],
      ["the address before an unfinished quotation", 'for=203.0.113.7;host="a,for=192.0.2.1', "203.0.113.7"],
      ["not one in a quoted host", 'for=203.0.113.7;host="x,for=192.0.2.1;x"', "203.0.113.7"],
      ["not one after an escaped quote in a host", 'for=203.0.113.7;host="x\\",for=192.0.2.1"', "203.0.113.7"],
    ])("is %s", (_, header, address) => {
      expect(clientAddress("10.0.0.1", header)).toBe(address);
    });

    it("is the proxy without the header", () => {
      expect(clientAddress("10.0.0.1", undefined)).toBe("10.0.0.1");
      expect(createClientAddress(1, "forwarded")("10.0.0.1", "for=203.0.113.7, for=198.51.100.1")).toBe("198.51.100.1");
    });
  });

  describe("behind proxies of trusted networks", () => {
    const clientAddress = createClientAddress(["10.0.0.0/8", "2001:db8:aaaa::/48"]);

    it.each([
      ["the last address that is not a proxy", "10.0.0.1", "192.0.2.9, 203.0.113.7:1234, 10.0.0.2", "203.0.113.7"],
      ["behind proxies with IPv6", "2001:db8:aaaa::1", "203.0.113.7, [2001:db8:aaaa::2]:80", "203.0.113.7"],
      ["the socket when it is no proxy", "198.51.100.1", "203.0.113.7", "198.51.100.1"],
      ["the outermost proxy when all are proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
      ["the proxy without the header", "10.0.0.1", undefined, "10.0.0.1"],
      ["nothing when a proxy names garbage", "10.0.0.1", "203.0.113.7, garbage, 10.0.0.2", null],
      ["nothing without a socket", null, "203.0.113.7", null],
    ])("is %s", (_, socket, header, address) => {
      expect(clientAddress(socket, header)).toBe(address);
    });

    it("is never one that the client itself wrote into the header", () => {
      fc.assert(
        fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())), (forgedAddresses) => {
          const header = [...forgedAddresses, "203.0.113.7"].join(",");
          expect(clientAddress("10.0.0.1", header)).toBe("203.0.113.7");
        }),
      );
    });
  });
});
