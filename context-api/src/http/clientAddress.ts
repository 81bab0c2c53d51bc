import { entryLimit } from "@sidelight/model/entryLimit.ts";
import { LRUCache } from "lru-cache";
import { networkMatcher, parseAddress } from "../security/addresses.ts";

/** The address of a client from its socket and the header of our proxies; null when it is unknown. */
export type ClientAddress = (socketAddress: string | null, header: string | undefined) => string | null;

/** `X-Forwarded-For`, or `Forwarded` (RFC 7239). */
export type ForwardedHeader = "x-forwarded-for" | "forwarded";

/**
 * Only our own proxies may name the client, because a client can send the header too.
 * @param trustedProxies networks of our proxies: the client is the last address that is not one of them. Or their number: the client
 *   is that many entries from the end. 0 or an empty list: the client is the socket
 */
export function createClientAddress(
  trustedProxies: number | readonly string[],
  headerName: ForwardedHeader = "x-forwarded-for",
): ClientAddress {
  const entriesOf = headerName === "forwarded" ? forwardedEntries : listEntries;
  if (typeof trustedProxies === "number") {
    return (socketAddress, header) => {
      if (trustedProxies === 0) return addressOf(socketAddress);
      return addressOf(entriesOf(header).at(-trustedProxies) ?? null);
    };
  }
  const isTrusted = networkMatcher(trustedProxies);
  return (socketAddress, header) => {
    const entries = entriesOf(header);
    let address = addressOf(socketAddress);
    // An entry that cannot be read ends the search: the entries before it are not vouched for.
    while (address !== null && isTrusted(address) && entries.length > 0) address = addressOf(entries.pop() ?? null);
    return address;
  };
}

/** A client sends many requests, and reading its address costs as much as reading its headers. */
const addresses = new LRUCache<string, { address: string | null }>(entryLimit(1_000));
const maxAddressLength = 64;

function addressOf(text: string | null): string | null {
  if (text === null || text.length > maxAddressLength) return text === null ? null : parseAddress(text);
  const cached = addresses.get(text) ?? { address: parseAddress(text) };
  addresses.set(text, cached);
  return cached.address;
}

const listEntries = (header = ""): string[] => (header.trim() === "" ? [] : header.split(","));

/** The addresses of `for=192.0.2.60;proto=http, for="[2001:db8::1]:443"`; an empty text for an element without one. */
const forwardedEntries = (header = ""): string[] =>
  header.trim() === "" ? [] : splitOutsideQuotes(header, ",").map((element) => parameterFor(element) ?? "");

function parameterFor(element: string): string | undefined {
  const parameters = splitOutsideQuotes(element, ";").map((parameter) => parameter.trim());
  return parameters.find((parameter) => /^for=/i.test(parameter))?.slice("for=".length);
}

/** A host that a client chose is quoted in the header. What looks like an address in it must not count. */
function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') isQuoted = !isQuoted;
    else if (text[i] === "\\" && isQuoted) i += 1;
    else if (text[i] === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
