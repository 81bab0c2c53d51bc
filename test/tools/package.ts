/**
 * `npm run package -- [panels|server] [--url https://… [--installation name] | --api-url https://…]`: packs what is uploaded or deployed,
 * in `dist/`: both panels for their platforms, and the server with the command line. Without a name it packs all.
 */
import { join } from "node:path";
import { packageSalesforce } from "../../apps/salesforce/tools/package.ts";
import { hostedManifest, manifestFor } from "../../apps/zendesk/tools/manifest.ts";
import { packageZendeskApp } from "../../apps/zendesk/tools/package.ts";
import { type PanelTarget, readPackageOptions } from "./packageOptions.ts";
import { root } from "./runNode.mjs";
import { packageServer } from "./server/packageServer.ts";

const options = readPackageOptions(process.argv.slice(2));
if (typeof options === "string") {
  console.error(options);
  process.exit(2);
}
const out = join(root, "dist");
if (options.parts.includes("panels")) await packPanels(options.target);
if (options.parts.includes("server")) {
  const { folder, archive, folderBytes, archiveBytes } = await packageServer(out);
  console.log(`${folder} (${megabytes(folderBytes)})`);
  console.log(`${archive} (${megabytes(archiveBytes)})`);
}

async function packPanels(target: PanelTarget): Promise<void> {
  const manifest =
    target.mode === "hosted" ? hostedManifest(target.url, target.installation) : manifestFor(target.url ?? undefined);
  console.log(await packageZendeskApp(out, manifest));
  console.log(`  ${zendeskNote(target, Object.values(manifest.location.support)[0]?.url ?? "", manifest.domainWhitelist)}`);
  const { file, components } = await packageSalesforce(out, target.url);
  console.log(`${file} (${components.length} components)`);
  console.log(
    `  ${target.url === null ? "Its named credentials have a placeholder. Enter your address in Setup." : `Calls ${target.url}.`}`,
  );
}

function zendeskNote(target: PanelTarget, page: string, hosts: readonly string[]): string {
  if (target.mode === "hosted") return `Zendesk opens ${page} with a token that it signs. Each agent signs in.`;
  const reach = `Zendesk's proxy may call ${hosts.join(", ")} and no other host.`;
  return target.url === null
    ? `${reach} That is a placeholder: use --url or --api-url with your own address.`
    : `${reach} All agents share the API key of the installation.`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
