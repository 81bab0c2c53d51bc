/**
 * `npm run package -- [--api-url https://…]`: both panels as their platforms take them, in `dist/`.
 * With the API's address the Zendesk app may reach that host and no other.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageSalesforce } from "../../apps/salesforce/tools/package.ts";
import { packageZendeskApp } from "../../apps/zendesk/tools/package.ts";

const { values } = parseArgs({ options: { "api-url": { type: "string" } } });
const out = join(fileURLToPath(new URL("../..", import.meta.url)), "dist");
console.log(await packageZendeskApp(out, values["api-url"]));
const { file, components } = await packageSalesforce(out);
console.log(`${file} (${components.length} components)`);
