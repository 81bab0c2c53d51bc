import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { standIn } from "@sidelight/test-support/standIn.ts";
import { extract } from "tar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createServeFolder, type ServeFolder } from "../harness/serveProcess.ts";
import { root } from "../tools/runNode.mjs";
import { packageServer } from "../tools/server/packageServer.ts";

/** An expression, so that the process that evaluates expressions runs too. */
const route = {
  id: "note",
  on: "zendesk.ticket.created",
  when: "$uppercase('urgent') = 'URGENT'",
  to: "zendesk",
  do: "add-internal-note",
  with: '{ "ticket": ref, "body": "A note" }',
};

let folder: string;
let packageFolder: string;
let archiveBytes: Buffer;
let serve: ServeFolder;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-package-"));
  const { archive } = await packageServer(join(folder, "dist"));
  archiveBytes = readFileSync(archive);
  await extract({ file: archive, cwd: folder });
  rmSync(join(folder, "dist"), { recursive: true });
  const [name = ""] = readdirSync(folder);
  packageFolder = join(folder, name);
  serve = createServeFolder({ program: join(packageFolder, "sidelight.mjs"), tenant: { routing: { routes: [route] } } });
});
afterAll(() => {
  serve?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const files = () =>
  readdirSync(packageFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const dependenciesOf = (manifest: string): string[] => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, manifest), "utf8"));
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)];
};

/** In a process of its own, because the test runner has a search path for its packages. */
function resolvableFrom(file: string, names: readonly string[]): string[] {
  const code = `const { resolve } = require("node:module").createRequire(process.argv[1]);
    const isResolvable = (name) => { try { return resolve(name + "/package.json") !== ""; } catch { return false; } };
    console.log(JSON.stringify(process.argv.slice(2).filter(isResolvable)));`;
  const { NODE_PATH: _, ...env } = process.env;
  return JSON.parse(execFileSync(process.execPath, ["-e", code, file, ...names], { env, encoding: "utf8" }));
}

describe("the production package in an empty folder", () => {
  it("serves: it stores a webhook, answers a read, shows the documentation and stops", async () => {
    const created = await serve.run(["keys", "create", "--tenant", "acme", "--role", "service", "--json"]);
    expect(created).toMatchObject({ code: 0, err: "" });
    const collector = await standIn(() => ({ status: 200 }));
    const { url, server, webhook } = await serve.start({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    try {
      expect((await webhook()).status).toBe(200);
      const headers = { authorization: `Bearer ${JSON.parse(created.out).service}` };
      const answer = await fetch(`${url}/v1/context/zendesk.ticket:1?deadline=100`, { headers });
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ ref: "zendesk.ticket:1", match: { partial: true } });
      const events = (await (await fetch(`${url}/v1/events`, { headers })).json()) as { items: unknown[] };
      expect(events.items).toMatchObject([{ source: { objectId: "1" } }]);
      for (const path of ["/openapi.json", "/docs", "/console", "/metrics"])
        expect((await fetch(url + path)).status, path).toBe(200);
      const script = files().find((file) => /\/zendesk\/index-[^/]+\.js$/.test(file)) ?? "no script of the Zendesk app";
      const asset = await fetch(`${url}/panels/zendesk/assets/${basename(script)}`);
      expect([asset.status, await asset.text()]).toEqual([200, readFileSync(script, "utf8")]);
      const routeTest = await serve.run(["route", "test", "--tenant", "acme", "--ref", "zendesk.ticket:1", "--json"]);
      expect(routeTest.err).toBe("");
      expect(JSON.parse(routeTest.out).items).toMatchObject([{ route: "note", outcome: "would_deliver" }]);
    } finally {
      expect(await server.stop()).toBe(0);
      await collector.close();
    }
    // The package has OpenTelemetry in files that are loaded on demand. What is left is sent when the process ends.
    const spans = collector.requests.map(({ body }) => body).join("");
    for (const name of ["GET /v1/context/:ref", "ingest webhook"]) expect(spans).toContain(`"name":"${name}"`);
  });

  it("runs the commands of an operator", async () => {
    const check = await serve.run(["config", "check"]);
    expect(check).toMatchObject({ code: 0, err: "" });
    const list = await serve.run(["keys", "list", "--tenant", "acme"]);
    expect(list.out).toMatch(/service {2}\S+ {2}active/);
    const doctor = await serve.run(["doctor"]);
    // The account of the configuration cannot be reached.
    expect(doctor.code).toBe(1);
    expect(doctor.out).toContain("acme: 1 active API key");
    expect(doctor.out).toContain("WRONG  acme: zendesk");
    const backup = await serve.run(["backup", join(serve.folder, "copy")]);
    expect(backup).toMatchObject({ code: 0, err: "" });
    expect((await serve.run(["restore", join(serve.folder, "copy")])).code).toBe(0);
    expect((await serve.run(["replay", "--rebuild"])).out).toContain("equal");
  });

  it("says where the lab is", async () => {
    expect(await serve.run(["lab"])).toMatchObject({ code: 1, err: expect.stringContaining("in a checkout of Sidelight") });
  });

  it("contains no TypeScript, and no path of the machine that packed it", () => {
    expect(files().filter((file) => /\.tsx?$/.test(file))).toEqual([]);
    const code = files().filter((file) => file.startsWith(join(packageFolder, "lib")));
    expect(code.filter((file) => readFileSync(file, "utf8").includes(root))).toEqual([]);
  });

  it("resolves no dependency but those that it has inside", () => {
    const manifests = ["package.json", "test/package.json", "context-api/package.json"];
    const names = [...new Set(manifests.flatMap(dependenciesOf))].sort();
    expect(names).toEqual(expect.arrayContaining(["better-sqlite3", "hono", "typescript", "vitest"]));
    expect(resolvableFrom(join(packageFolder, "lib", "main.mjs"), names)).toEqual(["better-sqlite3"]);
  });

  it("has the license of each library", () => {
    const text = readFileSync(join(packageFolder, "THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["better-sqlite3", "hono", "pg", "react", "styled-components", "zod"])
      expect(text, name).toMatch(new RegExp(`^${name} \\d`, "m"));
  });

  it("is the same for the same sources, and smaller than 30 MB", async () => {
    const secondPackage = await packageServer(join(folder, "again"));
    expect(readFileSync(secondPackage.archive).equals(archiveBytes)).toBe(true);
    expect(files().reduce((sum, file) => sum + statSync(file).size, 0)).toBeLessThan(30 * 1024 * 1024);
  });

  it("is ready to be installed by npm with its command", () => {
    const manifest = parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ bin: { sidelight: "sidelight.mjs" }, engines: { node: ">=22.19" } });
    expect(statSync(join(packageFolder, "sidelight.mjs")).mode & 0o111).toBe(0o111);
  });
});
