// `npm start`: checks the port, installs what is missing and starts the lab (test/lab/start.ts). Plain JavaScript for the system's own
// Node.js (20.20 or newer): it prints its first line before anything is installed.
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { install } from "./install.mjs";
import { callerFolder, nodeProgram, onNpmEnd, root, runInstead } from "./runNode.mjs";

const print = (text) => process.stderr.write(`${text}\n`);

const portText = process.env.PORT || "8787";
const port = Number(portText);
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  fail(`PORT is "${portText}". Use a number from 0 to 65535; 0 takes any free port.`);
await checkPort();
print(`Starting the Sidelight lab on ${port === 0 ? "a free port" : `port ${port}`}`);

const stopping = new AbortController();
const stop = () => stopping.abort();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, stop);
onNpmEnd(stop);
const code = await install(print, stopping.signal);
if (stopping.signal.aborted) process.exit(0);
if (code !== 0) process.exit(1);
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.off(signal, stop);

// A relative folder is meant from where the command was typed; the default is in the checkout.
const data = process.env.SIDELIGHT_DATA ? resolve(callerFolder, process.env.SIDELIGHT_DATA) : join(root, ".sidelight");
runInstead(nodeProgram(), ["--disable-warning=ExperimentalWarning", join(root, "test", "lab", "start.ts")], {
  env: { SIDELIGHT_DATA: data },
});

/** Before the installation, because it takes longer and would be wasted. */
async function checkPort() {
  if (port === 0) return;
  const server = createServer();
  try {
    await new Promise((done, failed) => server.once("error", failed).listen(port, done));
  } catch (error) {
    fail(
      error.code === "EADDRINUSE"
        ? `Port ${port} is in use. Set PORT to another port, or to 0 for any free port.`
        : error.message,
    );
  }
  await new Promise((done) => server.close(done));
}

function fail(text) {
  print(text);
  process.exit(1);
}
