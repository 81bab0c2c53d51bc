import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { PlatformError } from "./errors.ts";

/** Ranges of the IANA special-purpose registries that ipaddr.js counts as public: IPv4-compatible and IETF protocol addresses. */
const furtherSpecialRanges = ["::/96", "2001::/23"].map((range) => ipaddr.IPv6.parseCIDR(range));

/** True for an address that is not publicly reachable: private networks, this machine, cloud metadata services, tunnels, invalid ones. */
export function isPrivate(address: string): boolean {
  // An address with a zone is valid on one link only.
  if (isIP(address) === 0 || address.includes("%")) return true;
  // IPv4-mapped addresses count as the address that they map.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return true;
  return parsed instanceof ipaddr.IPv6 && furtherSpecialRanges.some((range) => parsed.match(range));
}

/** The target is in a private network. */
export class PrivateAddressError extends PlatformError {
  constructor(platform: string) {
    super("rejected", platform, "The address belongs to a private network.");
  }
}

/** Refuses a URL whose host is a private address; such a host needs no DNS look-up. @throws {PrivateAddressError} */
export function refusePrivate(platform: string, url: URL): void {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && isPrivate(host)) throw new PrivateAddressError(platform);
}

/**
 * Resolves a host name and fails when one of its addresses is private. The connection uses the checked addresses, because a second
 * look-up could return others.
 */
export const publicOnly =
  (platform: string): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => isPrivate(address))) return callback(new PrivateAddressError(platform), []);
      if (options.all) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
