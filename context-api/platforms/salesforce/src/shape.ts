import type { CallOptions, Shape } from "@sidelight/platform-kit/platform.ts";
import { mappedFields } from "./fields.ts";
import type { SalesforceObject } from "./objects.ts";
import type { StreamTools } from "./streams.ts";

const objects: readonly SalesforceObject[] = ["Account", "Contact", "Lead", "Opportunity", "Task", "Event", "Case"];
/** Salesforce supports an API version for at least three years, with three releases a year: the oldest two are retired next. */
const retiringVersions = 2;

/** Fields and types of the stored objects, and whether the configured API version will be retired soon. */
export async function shape({ client, options }: StreamTools, call: CallOptions): Promise<Shape> {
  const fieldTypes: Shape["objects"] = {};
  for (const object of objects) fieldTypes[object] = await client.types(object, call);
  const versions = (await client.versions(call)).sort((a, b) => Number(a) - Number(b));
  const index = versions.indexOf(options.apiVersion);
  return {
    objects: fieldTypes,
    mapped: objects.flatMap((object) => mappedFields(object, options).map((field) => `${object}.${field}`)),
    version: {
      used: options.apiVersion,
      newest: versions.at(-1) ?? options.apiVersion,
      endsSoon: index === -1 || (versions.length > retiringVersions + 1 && index < retiringVersions),
    },
  };
}
