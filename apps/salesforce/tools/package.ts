import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildModel } from "./buildModel.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

export interface SalesforcePackage {
  /** Path of the zip. Deploy it with `sf project deploy start --metadata-dir <file>` or any Metadata API client. */
  file: string;
  /** Every component in the zip, such as `ApexClass:SidelightController`. */
  components: string[];
}

/** Builds the generated module and writes the project as a zip in Metadata API format. Needs no org and no network. */
export async function packageSalesforce(outDir: string): Promise<SalesforcePackage> {
  await buildModel();
  await mkdir(outDir, { recursive: true });
  const { ComponentSet, MetadataConverter } = await deployRetrieve();
  const { sourceApiVersion } = JSON.parse(await readFile(`${project}/sfdx-project.json`, "utf8")) as { sourceApiVersion: string };
  const components = ComponentSet.fromSource(`${project}/force-app`);
  // Without a version, the library would request the newest one over the network.
  components.apiVersion = sourceApiVersion;
  components.sourceApiVersion = sourceApiVersion;
  // No package name: with a name in package.xml, the org would put everything into a package of that name.
  const { zipBuffer } = await new MetadataConverter().convert(components, "metadata", { type: "zip" });
  if (!zipBuffer) throw new Error("The conversion of the Salesforce project returned no package.");
  const file = join(outDir, "sidelight-salesforce.zip");
  await writeFile(file, zipBuffer);
  const names = components.getSourceComponents().map(({ type, fullName }) => `${type.name}:${fullName}`);
  return { file, components: [...names].sort() };
}

/** Imported on demand, because the library is slow to load. Without these variables it writes a log to the home directory. */
async function deployRetrieve() {
  process.env["SF_DISABLE_LOG_FILE"] ??= "true";
  process.env["SF_DISABLE_TELEMETRY"] ??= "true";
  return import("@salesforce/source-deploy-retrieve");
}

if (import.meta.main) {
  const { file, components } = await packageSalesforce(process.argv[2] ?? join(project, "dist"));
  console.log(`${file}: ${components.length} components`);
}
