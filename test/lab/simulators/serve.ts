/**
 * `node test/lab/simulators/serve.ts [data directory]`: the simulators alone, for trying a client by hand.
 * Prints addresses and credentials as JSON and runs until it is interrupted.
 */
import { startSimulators } from "./lab.ts";

const dataDir = process.argv[2];
const lab = await startSimulators(dataDir === undefined ? {} : { dataDir });
const tenants = Object.fromEntries(Object.entries(lab.tenants).map(([name, { world: _, ...rest }]) => [name, rest]));
console.log(JSON.stringify({ control: lab.control.url, tenants }, null, 2));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void lab.close().then(() => process.exit(0)));
