import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sidelight-layering-"));
  copyFileSync(join(root, ".biome.jsonc"), join(folder, ".biome.jsonc"));
  copyFileSync(join(root, ".gitignore"), join(folder, ".gitignore"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the linter says of one import in a file at `path` of a tree that has our configuration. */
function lint(path: string, specifier: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `import { thing } from "${specifier}";\n\nexport const it = thing;\n`);
  const { stdout, stderr } = spawnSync("biome", ["lint", path], { cwd: folder, encoding: "utf8" });
  return stdout + stderr;
}

describe("the layering of the house is a lint rule", () => {
  it.each([
    ["context-api/src/store/store.ts", "../events/log.ts"],
    ["context-api/src/store/store.ts", "../config/load.ts"],
    ["context-api/src/events/log.ts", "../context/contexts.ts"],
    ["context-api/src/events/writer/append.ts", "../../http/app.ts"],
    ["context-api/src/identity/cluster.ts", "../events/log.ts"],
    ["context-api/src/context/ask.ts", "../http/problem.ts"],
    ["context-api/src/context/ask.ts", "../platforms/zendesk/client.ts"],
    ["context-api/src/platforms/zendesk/client.ts", "../salesforce/soql.ts"],
    ["context-api/src/platforms/zendesk/client.ts", "../../context/contexts.ts"],
    ["context-api/src/http/app.ts", "../runtime.ts"],
    ["context-api/src/http/app.ts", "../runtime/tenant.ts"],
    ["context-api/src/commands/serve.ts", "../platforms/mixpanel/index.ts"],
    ["context-api/src/commands/serve.ts", "../../../test/lab/start.ts"],
    ["context-api/src/main.ts", "../../test/lab/start.ts"],
    ["shared/src/client/client.ts", "node:fs"],
    ["shared/src/panel/to-panel.ts", "../../../context-api/src/context/contexts.ts"],
    ["apps/zendesk/src/session/api.ts", "../../../../context-api/src/http/app.ts"],
  ])("%s may not import %s", (path, specifier) => {
    expect(lint(path, specifier)).toContain("noRestrictedImports");
  });

  it.each([
    ["context-api/src/config/load.ts", "../store/store.ts"],
    ["context-api/src/events/projections/unit.ts", "../../identity/cluster.ts"],
    ["context-api/src/context/ask.ts", "../platforms/platform.ts"],
    ["context-api/src/context/ask.ts", "@sidelight/shared/context/context.ts"],
    ["context-api/src/platforms/zendesk/client.ts", "../http.ts"],
    ["context-api/src/main.ts", "./platforms/mixpanel/index.ts"],
    ["apps/zendesk/src/session/api.ts", "@sidelight/shared/context/context.ts"],
  ])("%s may import %s", (path, specifier) => {
    expect(lint(path, specifier)).not.toContain("noRestrictedImports");
  });
});
