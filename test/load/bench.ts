/** `npm run bench -- [name …]`: measures on this machine, side by side in one run, and prints what it saw. */
import { availableParallelism, cpus } from "node:os";
import { cost } from "./cost.ts";
import { degraded } from "./degraded.ts";
import { coalesce } from "./deliver/coalesce.ts";
import { deliver } from "./deliver/deliver.ts";
import { isolate } from "./deliver/isolate.ts";
import { ingest } from "./ingest/ingest.ts";
import { journey } from "./journey.ts";
import { read } from "./read.ts";
import { startUp } from "./startUp.ts";
import { store } from "./store.ts";

const benches: Record<string, () => Promise<void>> = {
  start: startUp,
  read,
  degraded,
  store,
  ingest,
  deliver,
  coalesce,
  isolate,
  journey,
  cost,
};

const named = process.argv.slice(2);
const unknown = named.find((name) => !Object.hasOwn(benches, name));
if (unknown) {
  console.error(`no benchmark ${unknown}; there are ${Object.keys(benches).join(", ")}`);
  process.exit(1);
}
console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.version}`);
for (const name of named.length > 0 ? named : Object.keys(benches)) {
  console.log(`\n${name}`);
  await benches[name]?.();
}
