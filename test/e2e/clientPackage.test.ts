import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import rootPackage from "../../package.json" with { type: "json" };
import { type Harness, openHarness } from "../harness/harness.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const isWindows = process.platform === "win32";
const npx = isWindows ? "npx.cmd" : "npx";
const npm = isWindows ? "npm.cmd" : "npm";

/** The program of a user: prints what it read as one line of JSON. */
const program = `import { createSidelightClient, refs, SidelightError } from "@sidelight/client";

const sidelight = createSidelightClient({ baseUrl: process.env["API"] ?? "", apiKey: process.env["KEY"] ?? "" });
const [object, id] = (process.env["REF"] ?? "").split(":");
const { context } = await sidelight.getContext(refs.of(object, id), { sections: ["account"] });
const connections = await sidelight.getConnections();
const events = await sidelight.getEvents({ limit: 2 });
const code = await sidelight.getEvent("evt_unknown").catch((error) => (error instanceof SidelightError ? error.code : "other"));
let first = "";
for await (const change of sidelight.streamContext(context.ref, { sections: ["account"] })) {
  first = change.kind;
  break;
}
console.log(JSON.stringify({ state: context.match.state, connections: connections.length, events: events.items.length, code, first }));
`;

const typedProgram = `import { type ContextChange, createSidelightClient, refs } from "@sidelight/client";

const sidelight = createSidelightClient({ baseUrl: "http://localhost", apiKey: "key" });
export async function revenue(ticket: number): Promise<number | null> {
  const { context } = await sidelight.getContext(refs.of("zendesk.ticket", ticket));
  return context.sections.account?.data?.arr?.amount ?? null;
}
export const name = (change: ContextChange): string | null => (change.kind === "section" ? change.name : null);
// @ts-expect-error: an account has no member of this name
export const wrong = async () => (await sidelight.getContext("email:a@b.example")).context.sections.account?.data?.nonsense;
`;

let project: string;
let harness: Harness;
let env: NodeJS.ProcessEnv;
let server: ReturnType<typeof serve>;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "sidelight-client-"));
  const [archive] = await Promise.all([pack(project), openApi()]);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await run(npm, ["install", "--no-audit", "--no-fund", "--prefer-offline", archive], { cwd: project, shell: isWindows });
}, scaled(240_000));
afterAll(async () => {
  server.close();
  await harness.close();
  await rm(project, { recursive: true, force: true });
});

async function pack(directory: string): Promise<string> {
  const packedFolder = join(directory, "packed");
  await mkdir(packedFolder);
  const args = ["-y", rootPackage.packageManager, "pack", "--pack-destination", packedFolder];
  await run(npx, args, { cwd: join(root, "shared", "client"), shell: isWindows });
  const [file = ""] = await readdir(packedFolder);
  return join(packedFolder, file);
}

async function openApi(): Promise<void> {
  harness = await openHarness();
  const address = await new Promise<{ port: number }>((resolve) => {
    server = serve({ fetch: harness.app.fetch, port: 0, hostname: "127.0.0.1" }, resolve);
  });
  const ref = harness.lab.tenants["acme"]?.examples.resolved[0] ?? "";
  env = { ...process.env, API: `http://127.0.0.1:${address.port}`, KEY: harness.keys["acme"]?.admin, REF: ref };
}

const output = { state: "resolved", connections: 4, events: 2, code: "not_found", first: "customer" };

describe("the packed client, installed in an empty project", () => {
  it("calls the API from Node", async () => {
    await writeFile(join(project, "program.js"), program);
    const { stdout } = await run(process.execPath, ["program.js"], { cwd: project, env });
    expect(JSON.parse(stdout)).toEqual(output);
  });

  it("type-checks in a strict TypeScript file", async () => {
    await writeFile(join(project, "typed.ts"), typedProgram);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      module: "nodenext",
      lib: ["es2023", "dom"],
      types: [],
    };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["typed.ts"] }));
    const { stdout } = await run("tsc", ["-p", project], { cwd: project, shell: isWindows }).catch((error) => error);
    expect(stdout).toBe("");
  });

  it("calls the API from a bundle", async () => {
    await writeFile(join(project, "bundled.js"), program);
    await build({
      root: project,
      configFile: false,
      logLevel: "error",
      ssr: { noExternal: true },
      build: { ssr: "bundled.js", outDir: "bundle", target: "es2022" },
    });
    await rm(join(project, "node_modules", "@sidelight"), { recursive: true });
    const { stdout } = await run(process.execPath, [join("bundle", "bundled.js")], { cwd: project, env });
    expect(JSON.parse(stdout)).toEqual(output);
  });
});
