/**
 * Loads the sources of the product, so that their compiled form is in Node's compile cache before tests start threads and processes.
 * Removing the types in several threads at once can end a process: V8 frees WebAssembly code that another thread uses (SIGTRAP or
 * SIGSEGV in WasmEngine::FreeDeadCode, seen with Node.js 24.21).
 */
const entries = [
  "../../context-api/src/cli/run.ts",
  "../../context-api/src/cli/serve.ts",
  "../../context-api/src/runtime/runtime.ts",
  "../../context-api/src/log/writer/thread.ts",
  "../../context-api/src/identity/matching/thread.ts",
  "../../context-api/src/routing/evaluatorProcess.ts",
];
// Threads refuse to run outside a worker. Their modules are loaded by then.
for (const entry of entries) await import(entry).catch(() => {});
process.exit();
