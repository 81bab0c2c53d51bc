/** `npm run bench -- [name …]`: measures on this machine in one run and prints the results. */
import { availableParallelism, cpus } from "node:os";
import { blocking } from "./blocking.ts";
import { consolePages } from "./console.ts";
import { cost } from "./cost.ts";
import { customers, largeCompany } from "./customers.ts";
import { degraded } from "./degraded.ts";
import { coalesce } from "./deliver/coalesce.ts";
import { deliver } from "./deliver/deliver.ts";
import { isolate } from "./deliver/isolate.ts";
import { newRecord } from "./findMatches.ts";
import { healthHistory } from "./healthHistory.ts";
import { holders } from "./holders.ts";
import { identity } from "./identity.ts";
import { ingest } from "./ingest/ingest.ts";
import { journey } from "./journey.ts";
import { memory } from "./memory.ts";
import { panelSpeed } from "./panelSpeed/panelSpeed.ts";
import { panels } from "./panels.ts";
import { processes } from "./processes.ts";
import { benchReads } from "./read.ts";
import { startUp } from "./startUp.ts";
import { store } from "./store.ts";
import { tenants } from "./tenants/tenants.ts";
import { ticketPages } from "./ticketPages.ts";
import { tiers } from "./tiers.ts";

const benches: Record<string, () => Promise<void>> = {
  start: startUp,
  memory,
  read: benchReads,
  customers,
  company: largeCompany,
  "health-history": healthHistory,
  "ticket-pages": ticketPages,
  blocking,
  degraded,
  store,
  ingest,
  deliver,
  coalesce,
  isolate,
  tenants,
  processes,
  identity,
  "new-record": newRecord,
  holders,
  journey,
  panels: panelSpeed,
  "panel-journey": panels,
  console: consolePages,
  cost,
  tiers,
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !Object.hasOwn(benches, name));
if (unknown) {
  console.error(`Unknown benchmark ${unknown}. Benchmarks: ${Object.keys(benches).join(", ")}`);
  process.exit(1);
}
console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.version}`);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  console.log(`\n${name}`);
  await benches[name]?.();
}
