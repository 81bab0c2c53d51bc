import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { manifestFor } from "./manifest.ts";
import { packageZendeskApp } from "./package.ts";

/** A manifest as Zendesk documents it. Zendesk's own validator needs a login. */
const Manifest = z.strictObject({
  name: z.string().min(1),
  author: z.strictObject({ name: z.string().min(1), email: z.email(), url: z.url() }),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  frameworkVersion: z.literal("2.0"),
  defaultLocale: z.string().regex(/^[a-z]{2,3}(-\w{2,3})?$/),
  private: z.boolean(),
  location: z.strictObject({
    support: z.partialRecord(
      z.enum(["ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "organization_sidebar"]),
      z.strictObject({ url: z.string().regex(/^assets\//), flexible: z.boolean().optional() }),
    ),
  }),
  domainWhitelist: z.array(z.hostname()).min(1),
  scopes: z.array(z.literal("jwt_secret_key")),
  parameters: z.array(
    z.strictObject({
      name: z.string().regex(/^\w+$/),
      type: z.enum(["text", "checkbox", "url", "number", "multiline", "hidden", "oauth", "mtls"]),
      required: z.boolean(),
      secure: z.boolean(),
      default: z.string().optional(),
    }),
  ),
});

let folder: string;
let archive: Map<string, Buffer>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-zendesk-"));
  archive = unzip(readFileSync(await packageZendeskApp(folder, "https://api.acme.example:8443/base")));
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

  it("has a valid manifest that allows the installation's API and nothing else", () => {
    const manifest = Manifest.parse(JSON.parse(archive.get("manifest.json")!.toString()));
    expect(manifest.domainWhitelist).toEqual(["api.acme.example"]);
    expect(Manifest.safeParse(manifestFor()).success).toBe(true);
  });

  it("keeps the API key away from browsers", () => {
    const secure = manifestFor().parameters.filter((parameter) => parameter.secure);
    expect(secure.map(({ name }) => name)).toEqual(["api_key"]);
  });

  it("names and explains every setting in every language", () => {
    const locales = [...archive.keys()].filter((name) => name.startsWith("translations/"));
    expect(locales.length).toBeGreaterThan(1);
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
        .map(([name, data]) => ({ initial: html.includes(name.slice(7)), size: gzipSync(data).length }));
    const total = (files: { size: number }[]) => files.reduce((sum, { size }) => sum + size, 0);
    const scripts = weigh(/\.js$/);
    expect(total(scripts.filter(({ initial }) => initial))).toBeLessThanOrEqual(95_000);
    expect(total(scripts.filter(({ initial }) => !initial))).toBeLessThanOrEqual(35_000);
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
