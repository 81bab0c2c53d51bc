import { readFileSync } from "node:fs";

/** The members of a ZAF v2 manifest that Sidelight uses. */
export interface Manifest {
  name: string;
  author: { name: string; email: string; url: string };
  version: string;
  frameworkVersion: "2.0";
  defaultLocale: string;
  private: boolean;
  location: { support: Record<string, { url: string; flexible?: boolean }> };
  domainWhitelist: string[];
  scopes: string[];
  parameters: { name: string; type: string; required: boolean; secure: boolean; default?: string }[];
}

/**
 * The manifest for an installation whose API is at `apiUrl`: Zendesk's proxy puts secure settings only into requests to hosts
 * that the package itself names, so the manifest must contain the API's host.
 * @param apiUrl without it the manifest is the one in the repository
 */
export function manifestFor(apiUrl?: string): Manifest {
  const manifest = JSON.parse(readFileSync(new URL("../manifest.json", import.meta.url), "utf8")) as Manifest;
  if (!apiUrl) return manifest;
  const { hostname, origin } = new URL(apiUrl);
  const parameters = manifest.parameters.map((parameter) =>
    parameter.name === "api_url" ? { ...parameter, default: origin } : parameter,
  );
  return { ...manifest, domainWhitelist: [hostname], parameters };
}

/** A setting that must never reach a browser. */
export function secureParameters(manifest: Manifest): Set<string> {
  return new Set(manifest.parameters.filter(({ secure }) => secure).map(({ name }) => name));
}
