// Installs the workspace with the one pnpm version its lockfile was made by, also on a machine that has none.
// Plain JavaScript for the system's own Node (20.20 or newer): it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stamp = `${root}/node_modules/.sidelight-installed`;
const manifests = [
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "shared/contracts/package.json",
  "shared/client/package.json",
  "shared/panel/package.json",
  "context-api/package.json",
  "context-api/model/package.json",
  "context-api/platform-kit/package.json",
  "context-api/platforms/zendesk/package.json",
  "context-api/platforms/salesforce/package.json",
  "context-api/platforms/mixpanel/package.json",
  "context-api/platforms/generic/package.json",
  "test/package.json",
  "apps/zendesk/package.json",
  "apps/salesforce/package.json",
  "apps/salesforce/lwc-types/package.json",
];

if (isCurrent()) process.exit(0);
const pnpm = JSON.parse(readFileSync(`${root}/package.json`, "utf8")).packageManager;
// Our own progress goes to stderr: `npm start` promises only its own lines on stdout.
const { status, error } = spawnSync("npx", ["-y", pnpm, "install", "--frozen-lockfile", "--reporter=append-only"], {
  cwd: root,
  stdio: ["ignore", process.stderr, process.stderr],
  shell: process.platform === "win32",
});
if (error) console.error(`setup: could not run npx: ${error.message}`);
if (status === 0) writeFileSync(stamp, `${pnpm}\n`);
process.exit(status ?? 1);

/** True when nothing that decides the installation is newer than the last successful one. */
function isCurrent() {
  try {
    const installed = statSync(stamp).mtimeMs;
    return manifests.every((file) => statSync(`${root}/${file}`).mtimeMs <= installed);
  } catch {
    return false;
  }
}
