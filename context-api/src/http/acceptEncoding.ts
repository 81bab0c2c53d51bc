import { LRUCache } from "lru-cache";
import type { Coding } from "../cache/codedBodies.ts";

/** Callers send few different headers. */
const preferences = new LRUCache<string, Coding>({ max: 200 });
const maxRememberedLength = 100;

/** The coding that a caller prefers by its `Accept-Encoding` (RFC 9110, section 12.5.3). Brotli is smaller, so it wins a tie. */
export function preferredCoding(header: string | undefined): Coding {
  if (header === undefined) return "identity";
  const remembered = preferences.get(header);
  if (remembered !== undefined) return remembered;
  const preference = preferenceOf(header);
  if (header.length <= maxRememberedLength) preferences.set(header, preference);
  return preference;
}

function preferenceOf(header: string): Coding {
  const weights = new Map(header.split(",").map(weightOf));
  const weight = (coding: Coding) => weights.get(coding) ?? weights.get("*") ?? 0;
  const identityWeight = weights.get("identity") ?? 0;
  const best = weight("br") >= weight("gzip") ? "br" : "gzip";
  return weight(best) > 0 && weight(best) >= identityWeight ? best : "identity";
}

/** `gzip;q=0.5` → its name and weight. An invalid weight counts as 0. */
function weightOf(element: string): [string, number] {
  const [name = "", ...parameters] = element.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice("q=".length);
  if (quality === undefined) return [name, 1];
  return [name, /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality) : 0];
}
