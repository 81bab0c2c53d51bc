import { parseArgs } from "node:util";

/** Parts that can be packed. */
export const packageParts = ["panels", "server"] as const;
export type PackagePart = (typeof packageParts)[number];

/** How panels reach the API. `hosted`: the server serves the Zendesk app. `proxied`: the app calls it through Zendesk's proxy. */
export type PanelTarget =
  | { mode: "hosted"; url: string; installation: string | undefined }
  | { mode: "proxied"; url: string }
  | { mode: "proxied"; url: null };

export interface PackageOptions {
  parts: readonly PackagePart[];
  target: PanelTarget;
}

/** @returns a sentence for arguments that cannot be used */
export function readPackageOptions(args: readonly string[]): PackageOptions | string {
  const options = { url: { type: "string" }, "api-url": { type: "string" }, installation: { type: "string" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const unknownPart = positionals.find((name) => !(packageParts as readonly string[]).includes(name));
    if (unknownPart !== undefined)
      return `There is no ${unknownPart} to pack. Use ${packageParts.join(" or ")}, or no name for all.`;
    const parts = packageParts.filter((part) => positionals.length === 0 || positionals.includes(part));
    const target = targetOf(values.url, values["api-url"], values.installation);
    return typeof target === "string" ? target : { parts, target };
  } catch (error) {
    return error instanceof Error ? error.message : "The arguments cannot be used.";
  }
}

function targetOf(url: string | undefined, apiUrl: string | undefined, installation: string | undefined): PanelTarget | string {
  if (url !== undefined && apiUrl !== undefined)
    return "Use either --url (the server serves the Zendesk app) or --api-url (the app calls the server through Zendesk's proxy).";
  if (installation !== undefined && url === undefined) return "--installation belongs to --url.";
  if (installation !== undefined && !/^[a-z][a-z0-9-]{0,39}$/.test(installation))
    return `"${installation}" is no name of an installation. Use lower-case letters, digits and dashes.`;
  const address = url ?? apiUrl;
  if (address === undefined) return { mode: "proxied", url: null };
  const problem = addressProblem(address);
  if (problem !== null) return `"${address}" cannot be used: ${problem}. Use an address as in https://sidelight.mycompany.com.`;
  const plainAddress = address.replace(/\/+$/, "");
  return url === undefined ? { mode: "proxied", url: plainAddress } : { mode: "hosted", url: plainAddress, installation };
}

/** Platforms call this address, and send credentials to it. */
function addressProblem(address: string): string | null {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return "it has no https://";
  if (!URL.canParse(address)) return "it is no URL";
  const { protocol, username, password, search, hash } = new URL(address);
  if (protocol !== "https:") return `it is ${protocol.slice(0, -1)} instead of https`;
  if (username !== "" || password !== "") return "it contains credentials";
  return search !== "" || hash !== "" ? "it has a query or a fragment" : null;
}
