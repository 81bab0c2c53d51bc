import type { CallOptions, Shape } from "@sidelight/platform-kit/platform.ts";
import { mappedFields } from "./fields.ts";
import type { SalesforceObject } from "./objects.ts";
import { MissingObjectError } from "./refusal.ts";
import type { StreamTools } from "./streams.ts";

const objects: readonly SalesforceObject[] = ["Account", "Contact", "Lead", "Opportunity", "Task", "Event", "Case"];
/** Salesforce supports an API version for at least three years, with three releases a year: the oldest two are retired next. */
const retiringVersions = 2;

/**
 * Fields and types of the stored objects, and whether the configured API version will be retired soon. An object that the org lacks is
 * left out. A mapped field has the name that the mapping gives it, also where the org spells it otherwise.
 */
export async function shape({ client, schema, options }: StreamTools, call: CallOptions): Promise<Shape> {
  const fieldTypes: Shape["objects"] = {};
  const mapped: string[] = [];
  for (const object of objects) {
    schema.refresh(object);
    try {
      const { missing, types } = await schema.view(object, call);
      const typeOf = new Map([...types].map(([name, type]) => [name.toLowerCase(), type]));
      const mappedNames = mappedFields(object, options.mapping);
      const present = mappedNames.filter((field) => !missing.includes(`${object}.${field}`));
      const mappedTypes = present.map((field): [string, string] => [field, typeOf.get(field.toLowerCase()) ?? "unknown"]);
      fieldTypes[object] = Object.fromEntries([...types, ...mappedTypes]);
      mapped.push(...mappedNames.map((field) => `${object}.${field}`));
    } catch (error) {
      if (!(error instanceof MissingObjectError)) throw error;
    }
  }
  const versions = (await client.versions(call)).sort((a, b) => Number(a) - Number(b));
  const index = versions.indexOf(options.apiVersion);
  return {
    objects: fieldTypes,
    mapped,
    version: {
      used: options.apiVersion,
      newest: versions.at(-1) ?? options.apiVersion,
      endsSoon: index === -1 || (versions.length > retiringVersions + 1 && index < retiringVersions),
    },
  };
}
