import type { CallOptions, Shape } from "@sidelight/platform-kit/platform.ts";
import { mappedFields, type SalesforceObject } from "./fields.ts";
import type { StreamTools } from "./streams.ts";

const objects: readonly SalesforceObject[] = ["Account", "Contact", "Lead", "Opportunity", "Task", "Event", "Case"];
/** Salesforce keeps a version for three years at least, three a year: the oldest two are next to go. */
const oldest = 2;

/** Fields and types of the objects that we read, and where our API version stands among those that the org has. */
export async function shape({ client, options }: StreamTools, call: CallOptions): Promise<Shape> {
  const described: Shape["objects"] = {};
  for (const object of objects) described[object] = await client.types(object, call);
  const versions = (await client.versions(call)).sort((a, b) => Number(a) - Number(b));
  const place = versions.indexOf(options.apiVersion);
  return {
    objects: described,
    mapped: objects.flatMap((object) => mappedFields(object, options).map((field) => `${object}.${field}`)),
    version: {
      used: options.apiVersion,
      newest: versions.at(-1) ?? options.apiVersion,
      endsSoon: place === -1 || (versions.length > oldest + 1 && place < oldest),
    },
  };
}
