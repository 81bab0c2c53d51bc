/**
 * `npm run package -- [--api-url https://…]`: packs both panels for upload to their platforms, in `dist/`.
 * With the URL of the API, the Zendesk app may send requests to that host only.
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
