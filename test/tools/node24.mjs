// Runs a script or a tool on the Node.js of the workspace, whichever Node.js started this one (see runNode.mjs).
//   node24.mjs <script> [args]          in the root of the repository
//   node24.mjs --here <script> [args]   in the folder where the command was typed, so that relative paths mean what a person expects
//   node24.mjs --bin <tool> [args]      a tool of node_modules/.bin
import { join } from "node:path";
import { callerFolder, nodeProgram, root, runInstead, tool } from "./runNode.mjs";

const args = process.argv.slice(2);
const mode = args[0] === "--bin" || args[0] === "--here" ? args.shift() : null;
const target = args.shift() ?? "";
if (mode === "--bin") {
  const { command, shell } = tool(target);
  runInstead(command, args, { shell });
} else {
  const cwd = mode === "--here" ? callerFolder : root;
  runInstead(nodeProgram(), ["--disable-warning=ExperimentalWarning", "--disable-sigusr1", join(root, target), ...args], { cwd });
}
