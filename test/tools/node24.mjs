// Runs a script on the Node that the workspace brings along, whatever Node started this one.
// Plain JavaScript for the system's own Node (20.20 or newer).
//   node24.mjs <script> [args]        node24.mjs --bin <tool> [args]
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const bin = `${root}node_modules/.bin`;
// The program itself, not the script of that name in .bin: a shell between us would keep signals to itself.
const bundled = `${root}node_modules/node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}/bin/node${process.platform === "win32" ? ".exe" : ""}`;
// There is no bundled build for macOS: there the system's Node serves, from 22.19 on.
const node = existsSync(bundled) ? bundled : process.execPath;

const [first, ...rest] = process.argv.slice(2);
const asTool = first === "--bin";
const command = asTool ? `${bin}/${rest.shift()}` : node;
const args = asTool ? rest : ["--disable-warning=ExperimentalWarning", `${root}${first}`, ...rest];

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

// npm starts us through shells that pass no signal on: whoever ends npm would leave us behind.
const line = ancestors();
if (line.length > 0) {
  setInterval(() => {
    if (String(ancestors()) !== String(line)) child.kill("SIGTERM");
  }, 500).unref();
}

/** The processes between us and npm, npm included; none where npm isn't there, or the system doesn't tell. */
function ancestors() {
  const found = [];
  try {
    for (let pid = process.ppid; pid > 1; ) {
      found.push(pid);
      if (readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("npm")) return found;
      // The second field after the name in brackets, which may hold anything.
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      pid = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    }
  } catch {
    // A process that ended while we looked: told by the next look.
  }
  return [];
}
