import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostedManifest, type Manifest, manifestFor } from "./manifest.ts";
import { packageZendeskApp } from "./package.ts";
import { packageProblems } from "./packageRules.ts";

/** Garden is most of it. */
const lazyLimit = 35_000;

let folder: string;
let archive: Map<string, Buffer>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-zendesk-"));
  archive = unzip(readFileSync(await packageZendeskApp(folder, manifestFor("https://api.acme.example:8443/base"))));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the package", () => {
  it("contains the files that Zendesk requires", () => {
    const names = [...archive.keys()];
    for (const name of [
      "manifest.json",
      "assets/index.html",
      "assets/logo.png",
      "assets/logo-small.png",
      "translations/en.json",
    ]) {
      expect(names).toContain(name);
    }
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47]);
    expect(archive.get("assets/logo.png")!.subarray(0, 4)).toEqual(png);
    // Width and height from the image header.
    expect([16, 20].map((offset) => archive.get("assets/logo.png")!.readUInt32BE(offset))).toEqual([320, 320]);
    expect([16, 20].map((offset) => archive.get("assets/logo-small.png")!.readUInt32BE(offset))).toEqual([128, 128]);
  });

  it("allows the installation's API and nothing else, and keeps a path in its address", () => {
    const manifest: Manifest = JSON.parse(archive.get("manifest.json")!.toString());
    expect(manifest.domainWhitelist).toEqual(["api.acme.example"]);
    expect(manifest.parameters[0]).toMatchObject({ name: "api_url", default: "https://api.acme.example:8443/base" });
    expect(packageProblems(archive)).toEqual([]);
  });

  it("of an app that the server serves has no code and no settings, and is opened with a signed token", async () => {
    const hostedArchive = unzip(
      readFileSync(await packageZendeskApp(folder, hostedManifest("https://acme.example/base/", "support"))),
    );
    const manifest: Manifest = JSON.parse(hostedArchive.get("manifest.json")!.toString());
    expect(manifest).toMatchObject({ signedUrls: true, parameters: [], domainWhitelist: [] });
    const pages = Object.values(manifest.location.support).map(({ url }) => url);
    expect(new Set(pages)).toEqual(new Set(["https://acme.example/base/panels/zendesk/support"]));
    expect([...hostedArchive.keys()].filter((name) => /\.(js|css|html)$/.test(name))).toEqual([]);
    expect(packageProblems(hostedArchive)).toEqual([]);
  });

  it("keeps the API key away from browsers", () => {
    const secure = manifestFor().parameters.filter((parameter) => parameter.secure);
    expect(secure.map(({ name }) => name)).toEqual(["api_key"]);
  });

  it("names and explains every setting in every language", () => {
    const locales = [...archive.keys()].filter((name) => name.startsWith("translations/"));
    expect(locales.sort()).toEqual(["ar", "de", "en", "es", "fr", "ja"].map((language) => `translations/${language}.json`));
    for (const locale of locales) {
      const { app } = JSON.parse(archive.get(locale)!.toString());
      expect(Object.keys(app.parameters)).toEqual(manifestFor().parameters.map(({ name }) => name));
      for (const text of [app.name, app.short_description, app.long_description, app.installation_instructions]) {
        expect(text).toMatch(/\S/);
      }
    }
  });

  it("loads all its files by relative addresses", () => {
    const html = archive.get("assets/index.html")!.toString();
    const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) expect(address).toMatch(/^(\.\/|data:,)/);
  });

  it("stays within its weight", () => {
    const html = archive.get("assets/index.html")!.toString();
    const weigh = (pattern: RegExp) =>
      [...archive]
        .filter(([name]) => pattern.test(name))
        .map(([name, data]) => ({ name, initial: html.includes(name.slice(7)), size: gzipSync(data).length }));
    const total = (files: { size: number }[]) => files.reduce((sum, { size }) => sum + size, 0);
    const scripts = weigh(/\.js$/);
    expect(total(scripts.filter(({ initial }) => initial))).toBeLessThanOrEqual(95_000);
    // Everything else together, with the largest of the languages: a person loads one.
    const lazy = scripts.filter(({ initial }) => !initial);
    const isLanguage = ({ name }: { name: string }) => /\/(de|fr|es|ja|ar)-/.test(name);
    const languages = lazy.filter(isLanguage).map(({ size }) => size);
    expect(languages).toHaveLength(5);
    expect(Math.max(...languages)).toBeLessThanOrEqual(9_500);
    expect(total(lazy.filter((file) => !isLanguage(file)))).toBeLessThanOrEqual(lazyLimit);
    expect(total(weigh(/\.css$/))).toBeLessThanOrEqual(8_000);
  });
});

/** Reads an archive by its central directory, and checks its sizes. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  let position = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    const [compressedSize, size] = [archive.readUInt32LE(position + 20), archive.readUInt32LE(position + 24)];
    const nameLength = archive.readUInt16LE(position + 28);
    const name = archive.toString("utf8", position + 46, position + 46 + nameLength);
    const local = archive.readUInt32LE(position + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = inflateRawSync(archive.subarray(start, start + compressedSize));
    expect(data.length).toBe(size);
    files.set(name, data);
    position += 46 + nameLength;
  }
  return files;
}
