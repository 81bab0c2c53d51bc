import { describe, expect, it } from "vitest";
import { manifestFor } from "./manifest.ts";
import { packageProblems } from "./packageRules.ts";

type Change = (manifest: Record<string, unknown>) => void;
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function problemsOf(change: Change = () => {}, changedFiles: Record<string, unknown> = {}): string[] {
  const manifest = structuredClone(manifestFor()) as unknown as Record<string, unknown>;
  change(manifest);
  const files = {
    "manifest.json": manifest,
    "assets/index.html": "<!doctype html>",
    "translations/en.json": { app: { name: "Sidelight", parameters: { api_url: { label: "API address" } } } },
    ...changedFiles,
  };
  return packageProblems(
    new Map(Object.entries(files).flatMap(([name, value]) => (value === null ? [] : [[name, bytes(value)]]))),
  );
}

const withMember =
  (name: string, value: unknown): Change =>
  (manifest) => {
    manifest[name] = value;
  };
const withParameter =
  (parameter: object): Change =>
  (manifest) => {
    manifest["parameters"] = [parameter];
  };
const withLocation =
  (location: unknown): Change =>
  (manifest) => {
    manifest["location"] = location;
  };

describe("what Zendesk refuses at the upload", () => {
  it("is nothing of the app's own manifest", () => {
    expect(problemsOf()).toEqual([]);
  });

  it.each<[string, Change, string]>([
    ["scopes that are no member of a parameter", withMember("scopes", ["header"]), "scopes is no member of a manifest"],
    ["a missing author", withMember("author", undefined), "author is missing"],
    ["an author without a web address", withMember("author", { url: "acme" }), "author.url must be http or https"],
    ["another framework", withMember("frameworkVersion", "1.0"), "frameworkVersion must be 2.0"],
    ["a text in place of true", withMember("signedUrls", "true"), "signedUrls must be true or false"],
    ["a whitelist that is a text", withMember("domainWhitelist", "acme.example"), "domainWhitelist must be a list of texts"],
    ["a language without texts", withMember("defaultLocale", "fr"), "translations/fr.json is missing"],
    ["no location", withLocation({}), "location is missing"],
    [
      "an unknown location",
      withLocation({ support: { sidebar: { url: "https://a.example" } } }),
      "location.support.sidebar is no location",
    ],
    [
      "an address without encryption",
      withLocation({ support: { ticket_sidebar: { url: "http://a.example/" } } }),
      "location.support.ticket_sidebar.url must be https, or a file in assets/",
    ],
    [
      "a file that is not in the package",
      withLocation({ support: { ticket_sidebar: { url: "assets/app.html" } } }),
      "location.support.ticket_sidebar.url must be https, or a file in assets/",
    ],
    [
      "scopes of a parameter that is not secure",
      withParameter({ name: "key", scopes: ["header"] }),
      "the parameter key has scopes and is not secure",
    ],
    [
      "an unknown scope",
      withParameter({ name: "key", secure: true, scopes: ["cookie"] }),
      "the parameter key: cookie is no scope",
    ],
    [
      "scopes without an entry",
      withParameter({ name: "key", secure: true, scopes: [] }),
      "the parameter key: scopes must be a list with an entry",
    ],
    ["an unknown type", withParameter({ name: "key", type: "password" }), "the parameter key has no valid type"],
    [
      "a hidden parameter that is required",
      withParameter({ name: "key", type: "hidden", required: true }),
      "the parameter key is hidden and required",
    ],
    ["a parameter with the name name", withParameter({ name: "name" }), "no parameter may have the name name"],
  ])("is %s", (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a package without a manifest", { "manifest.json": null }, "manifest.json is missing"],
    ["a manifest that is no JSON", { "manifest.json": "{" }, "manifest.json is no JSON object"],
    ["texts without a name", { "translations/en.json": { app: {} } }, "translations/en.json has no app.name"],
    [
      "a parameter without a label",
      { "translations/de.json": { app: { parameters: { api_url: {} } } } },
      "translations/de.json: the parameter api_url has no label",
    ],
    [
      "texts of no language",
      { "translations/english.json": { app: {} } },
      "translations/english.json is named after no language",
    ],
    ["an archive", { "assets/all.zip": "" }, "assets/all.zip is of a kind that Zendesk refuses"],
  ])("is %s", (_, files, problem) => {
    expect(problemsOf(() => {}, files)).toEqual([problem]);
  });
});
