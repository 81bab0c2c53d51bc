import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildModel } from "./build-model.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

export interface SalesforcePackage {
  /** `sf project deploy start --metadata-dir <file>` takes it, as does any Metadata API client. */
  file: string;
  /** Every component in it, as `ApexClass:SidelightController`. */
  components: string[];
}

/** Builds what is generated and writes the project as one zip in the Metadata API's form. Needs no org and no network. */
export async function packageSalesforce(outDir: string): Promise<SalesforcePackage> {
  await buildModel();
  await mkdir(outDir, { recursive: true });
  const { ComponentSet, MetadataConverter } = await deployRetrieve();
  const { sourceApiVersion } = JSON.parse(await readFile(`${project}/sfdx-project.json`, "utf8")) as { sourceApiVersion: string };
  const components = ComponentSet.fromSource(`${project}/force-app`);
  // Without them the library would ask the network for the newest version.
  components.apiVersion = sourceApiVersion;
  components.sourceApiVersion = sourceApiVersion;
  // No package name: it would stand in package.xml and make the org put everything into a package of that name.
  const { zipBuffer } = await new MetadataConverter().convert(components, "metadata", { type: "zip" });
  if (!zipBuffer) throw new Error("the Salesforce project gave no package");
  const file = join(outDir, "sidelight-salesforce.zip");
  await writeFile(file, zipBuffer);
  const names = components.getSourceComponents().map(({ type, fullName }) => `${type.name}:${fullName}`);
  return { file, components: [...names].sort() };
}

/** Loaded late: the library is slow to load, and writes a log into the home directory unless told not to. */
async function deployRetrieve() {
  process.env["SF_DISABLE_LOG_FILE"] ??= "true";
  process.env["SF_DISABLE_TELEMETRY"] ??= "true";
  return import("@salesforce/source-deploy-retrieve");
}

if (import.meta.main) {
  const { file, components } = await packageSalesforce(process.argv[2] ?? join(project, "dist"));
  console.log(`${file}: ${components.length} components`);
}
