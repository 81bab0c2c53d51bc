import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/**
 * The IP address in a text as proxies and sockets write it: `203.0.113.7`, with a port, `[2001:db8::1]:443`, with a zone, in quotes,
 * IPv4-mapped. In canonical form: equal addresses give equal texts, and an IPv4-mapped address is its IPv4 address. Null for anything
 * else, such as a host name, `unknown`, and octal or shortened notations.
 */
export function parseAddress(text: string): string | null {
  const plain = text.trim().replace(/^"([^"]*)"$/, "$1");
  const host = hostOf(plain).replace(/%.*$/, "");
  // Stricter than the library, which accepts 127.1 and 0x7f.0.0.1.
  if (isIP(host) === 0) return null;
  return ipaddr.process(host).toString();
}

/** Without a port. An IPv6 address without brackets has none. */
function hostOf(text: string): string {
  const [, bracketedAddress] = /^\[([^[\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (bracketedAddress !== undefined) return isIP(bracketedAddress.replace(/%.*$/, "")) === 6 ? bracketedAddress : "";
  const [, withoutPort] = /^([\d.]+):\d{1,5}$/.exec(text) ?? [];
  return withoutPort ?? text;
}

/**
 * Returns a test for addresses of {@link parseAddress}: true when one of the networks contains the address.
 * @param networks CIDR notation, or single addresses
 */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const ranges = networks.map(rangeOf);
  return (address) => {
    const parsed = ipaddr.parse(address);
    return ranges.some(([network, prefix]) => parsed.kind() === network.kind() && parsed.match(network, prefix));
  };
}

function rangeOf(network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const text = network.includes("/") ? network : `${network}/${isIP(network) === 4 ? 32 : 128}`;
  const [address, prefix] = ipaddr.parseCIDR(text);
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && prefix >= 96;
  return isMapped ? [address.toIPv4Address(), prefix - 96] : [address, prefix];
}
