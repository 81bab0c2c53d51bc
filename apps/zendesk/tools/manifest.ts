import { readFileSync } from "node:fs";

/** The members of a ZAF v2 manifest that Sidelight uses. */
export interface Manifest {
  name: string;
  author: { name: string; email: string; url: string };
  version: string;
  frameworkVersion: "2.0";
  defaultLocale: string;
  private: boolean;
  /** Zendesk opens the app with a token that it signs. */
  signedUrls?: boolean;
  location: { support: Record<string, { url: string; flexible?: boolean }> };
  domainWhitelist: string[];
  parameters: Parameter[];
}

interface Parameter {
  name: string;
  type: string;
  required: boolean;
  secure: boolean;
  /** Where Zendesk's proxy may insert the value of a secure parameter. */
  scopes?: string[];
  default?: string;
}

/** The name of the installation in its address, if the configuration of the server gives no other one. */
export const defaultInstallation = "zendesk";

/**
 * The manifest of the self-contained app: it calls the API through Zendesk's proxy, with an API key that Zendesk inserts. It does so only
 * into requests to hosts that the package itself names, so the manifest must contain the API's host.
 * @param apiUrl without it the manifest is the one in the repository
 */
export function manifestFor(apiUrl?: string): Manifest {
  const manifest = JSON.parse(readFileSync(new URL("../manifest.json", import.meta.url), "utf8")) as Manifest;
  if (!apiUrl) return manifest;
  const parameters = manifest.parameters.map((parameter) =>
    parameter.name === "api_url" ? { ...parameter, default: withoutSlash(apiUrl) } : parameter,
  );
  return { ...manifest, domainWhitelist: [new URL(apiUrl).hostname], parameters };
}

/**
 * The manifest of the app that the server itself serves: Zendesk posts a token that names the agent to the address of the installation.
 * There is no API key, and nothing goes through Zendesk's proxy.
 * @param url of the API
 * @param installation its name in `settings.panel` of the connection
 */
export function hostedManifest(url: string, installation: string = defaultInstallation): Manifest {
  const manifest = manifestFor();
  const page = `${withoutSlash(url)}/panels/zendesk/${encodeURIComponent(installation)}`;
  const places = Object.keys(manifest.location.support).map((place) => [place, { url: page, flexible: true }]);
  return {
    ...manifest,
    signedUrls: true,
    location: { support: Object.fromEntries(places) },
    domainWhitelist: [],
    parameters: [],
  };
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

/** A setting that must never reach a browser. */
export function secureParameters(manifest: Manifest): Set<string> {
  return new Set(manifest.parameters.filter(({ secure }) => secure).map(({ name }) => name));
}
