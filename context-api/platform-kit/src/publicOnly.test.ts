import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, it } from "vitest";
import { isPrivate } from "./publicOnly.ts";

it("every address of the special-purpose registries is private", () => {
  // https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry
  const v4 = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"];
  const v4More = ["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"];
  const v6 = ["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "100::/64", "2001:db8::/32", "3fff::/20"];
  const v6More = ["5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"];
  const ranges = [...v4, ...v4More, "224.0.0.0/4", "240.0.0.0/4", ...v6, ...v6More];
  fc.assert(
    fc.property(fc.constantFrom(...ranges), fc.uint8Array({ minLength: 16, maxLength: 16 }), (range, random) => {
      const [network, prefix] = ipaddr.parseCIDR(range);
      const bytes = network.toByteArray().map((byte, i) => {
        const hostBits = Math.min(8, Math.max(0, (i + 1) * 8 - prefix));
        const hostMask = 2 ** hostBits - 1;
        return (byte & ~hostMask) | (random[i]! & hostMask);
      });
      expect(isPrivate(ipaddr.fromByteArray(bytes).toString()), ipaddr.fromByteArray(bytes).toString()).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
