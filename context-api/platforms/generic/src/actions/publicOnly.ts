import { lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";

// https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry: what isn't globally reachable.
// 169.254.0.0/16 and fd00::/8 hold the clouds' metadata services, 100.64.0.0/10 one more.
const subnets = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 96],
  // Forms that lead to an IPv4 address: translated, 6to4, Teredo. Mapped ones are taken for what they map.
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 23],
  ["2002::", 16],
  ["100::", 64],
  ["2001:db8::", 32],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

const notPublic = new BlockList();
for (const [address, prefix] of subnets) notPublic.addSubnet(address, prefix, address.includes(":") ? "ipv6" : "ipv4");

/** True for an address that isn't reachable from everywhere: of a private network, of this machine, of a cloud's metadata service. */
export function isPrivate(address: string): boolean {
  const family = isIP(address);
  // An address with a zone is good on one link only.
  return family === 0 || address.includes("%") || notPublic.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** An address that must not be asked. */
export class PrivateAddress extends PlatformError {
  constructor() {
    super("rejected", "generic", "The address belongs to a private network.");
  }
}

/** Throws for a host that is written as a private address: no name is looked up then. @param url of a server */
export function refusePrivate(url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && isPrivate(host)) throw new PrivateAddress();
}

/**
 * Finds the addresses of a host, and refuses them all where one is private. The connection is made to what was checked: a second
 * look-up, which could answer otherwise, isn't made.
 */
export const publicOnly: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.length === 0 || addresses.some(({ address }) => isPrivate(address))) return callback(new PrivateAddress(), []);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first!.address, first!.family);
  });
};
