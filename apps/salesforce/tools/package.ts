import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { buildModel } from "./buildModel.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

export interface SalesforcePackage {
  /** Path of the zip. Deploy it with `sf project deploy start --metadata-dir <file>` or any Metadata API client. */
  file: string;
  /** Every component in the zip, such as `ApexClass:SidelightController`. */
  components: string[];
}

/** The address in the named credentials of the repository. */
const placeholder = "https://sidelight.example.com";

/**
 * Builds the generated module and writes the project as a zip in Metadata API format. Needs no org and no network.
 * @param url of the API, for the named credentials; a placeholder when left out
 */
export async function packageSalesforce(outDir: string, url: string | null = null): Promise<SalesforcePackage> {
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
  await writeFile(file, url === null ? zipBuffer : withAddress(zipBuffer, url));
  const names = components.getSourceComponents().map(({ type, fullName }) => `${type.name}:${fullName}`);
  return { file, components: [...names].sort() };
}

/** Writes the address of the API into the named credentials. The rest of the package stays as it is. */
function withAddress(archive: Uint8Array, url: string): Uint8Array {
  const entries = unzipSync(archive);
  const credentials = Object.keys(entries).filter((name) => name.endsWith(".namedCredential"));
  for (const name of credentials) {
    const text = strFromU8(entries[name] ?? new Uint8Array());
    if (!text.includes(placeholder)) throw new Error(`${name} has no placeholder for the address of the API.`);
    entries[name] = strToU8(text.replaceAll(placeholder, xmlText(url)));
  }
  return zipSync(entries, { level: 9, mtime: new Date(1980, 0, 1) });
}

const xmlText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

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
