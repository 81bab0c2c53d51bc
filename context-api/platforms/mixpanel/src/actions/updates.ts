import sdk from "mixpanel";

/** One update as `/engage` and `/groups` take it. */
export type Update = Record<string, unknown>;

export interface Updates {
  profile(distinctId: string, set: Update): Update;
  group(key: string, id: string, set: Update): Update;
}

/**
 * Builds updates with Mixpanel's SDK. The SDK would send each update alone, in the query of a GET and past our rate limiter, so its
 * output is captured instead.
 * @param token the project's token
 */
export function updatesOf(token: string): Updates {
  const client = sdk.init(token);
  let update: Update = {};
  // The SDK has no public option for a custom transport.
  Object.assign(client, {
    send_request({ data }: { data: Update }) {
      update = data;
    },
  });
  return {
    // A copy: the SDK deletes properties of its argument.
    profile(distinctId, set) {
      // Otherwise Mixpanel takes our write for a visit of the user.
      client.people.set(distinctId, { ...set }, { $ignore_time: true });
      return update;
    },
    group(key, id, set) {
      client.groups.set(key, id, { ...set });
      return update;
    },
  };
}
