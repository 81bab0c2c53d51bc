import sdk from "mixpanel";

/** One update as `/engage` and `/groups` take it. */
export type Update = Record<string, unknown>;

export interface Updates {
  profile(distinctId: string, set: Update): Update;
  group(key: string, id: string, set: Update): Update;
}

/**
 * Mixpanel's own SDK gives updates their form. It would send each for itself, in the query of a GET and past our budget: what it
 * would send is taken from it instead.
 * @param token the project's
 */
export function updatesOf(token: string): Updates {
  const client = sdk.init(token);
  let written: Update = {};
  // The SDK has no public option for a transport of one's own.
  Object.assign(client, {
    send_request({ data }: { data: Update }) {
      written = data;
    },
  });
  return {
    // A copy: the SDK takes properties out of what it is given.
    profile(distinctId, set) {
      client.people.set(distinctId, { ...set });
      return written;
    },
    group(key, id, set) {
      client.groups.set(key, id, { ...set });
      return written;
    },
  };
}
