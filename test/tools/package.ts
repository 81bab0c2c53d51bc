/**
 * `npm run package -- [panels|server] [--api-url https://…]`: packs what is uploaded or deployed, in `dist/`: both panels for their
 * platforms, and the server with the command line. Without a name it packs all. With the URL of the API, the Zendesk app may send
 * requests to that host only.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageSalesforce } from "../../apps/salesforce/tools/package.ts";
import { packageZendeskApp } from "../../apps/zendesk/tools/package.ts";
import { root } from "./runNode.mjs";
import { packageServer } from "./server/packageServer.ts";

const { values, positionals } = parseArgs({ options: { "api-url": { type: "string" } }, allowPositionals: true });
const parts = ["panels", "server"] as const;
const unknownPart = positionals.find((name) => !(parts as readonly string[]).includes(name));
if (unknownPart !== undefined) {
  console.error(`There is no ${unknownPart} to pack. Use ${parts.join(" or ")}, or no name for all.`);
  process.exit(2);
}
const isPacked = (part: (typeof parts)[number]): boolean => positionals.length === 0 || positionals.includes(part);
const out = join(root, "dist");

if (isPacked("panels")) {
  console.log(await packageZendeskApp(out, values["api-url"]));
  const { file, components } = await packageSalesforce(out);
  console.log(`${file} (${components.length} components)`);
}
if (isPacked("server")) {
  const { folder, archive, folderBytes, archiveBytes } = await packageServer(out);
  console.log(`${folder} (${megabytes(folderBytes)})`);
  console.log(`${archive} (${megabytes(archiveBytes)})`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
