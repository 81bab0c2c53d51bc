// Runs a script on the Node that the workspace brings along, whatever Node started this one.
// Plain JavaScript for the system's own Node (20.20 or newer).
//   node24.mjs <script> [args]        node24.mjs --bin <tool> [args]
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = `${root}/node_modules/.bin`;
const bundled = `${root}/node_modules/.bin/node${process.platform === "win32" ? ".exe" : ""}`;
// There is no bundled build for macOS: there the system's Node serves, from 22.19 on.
const node = existsSync(bundled) ? bundled : process.execPath;

const [first, ...rest] = process.argv.slice(2);
const asTool = first === "--bin";
const command = asTool ? `${bin}/${rest.shift()}` : node;
const args = asTool ? rest : ["--disable-warning=ExperimentalWarning", `${root}/${first}`, ...rest];

const child = spawn(command, args, {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, SIDELIGHT_PARENT: String(process.pid) },
});
// Ctrl-C reaches the whole terminal group by itself; a service manager's SIGTERM only reaches us.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`could not start ${command}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 128 + (signal === "SIGTERM" ? 15 : 2) : 1)));
