/**
 * `npm run types`: checks the types of every program. Each has a configuration of its own, because each runs elsewhere: the server and
 * the tests in Node.js, the rest in browsers. `tsc -b` would need them to emit declarations, which nothing else reads.
 */
import { buildModel } from "../../apps/salesforce/tools/buildModel.ts";
import { runTool } from "./run.ts";

const projects = [
  "tsconfig.json",
  "shared/contracts/tsconfig.json",
  "shared/client/tsconfig.json",
  "shared/panel/tsconfig.json",
  "shared/ui/tsconfig.json",
  "apps/console/tsconfig.json",
  "apps/zendesk/tsconfig.json",
  "apps/salesforce/tsconfig.json",
];

// The modules of the Salesforce panel import a generated one.
await buildModel();
for (const project of projects) if (!runTool("tsc", ["-p", project])) process.exit(1);
