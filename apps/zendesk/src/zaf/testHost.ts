import { answerFrom } from "./answer.ts";
import type { Host, HostRequest } from "./host.ts";

/** A host whose requests settle with these values, in order; for tests. */
export function testHost(...values: unknown[]): { host: Host; requests: HostRequest[] } {
  const requests: HostRequest[] = [];
  const host = {
    request: async (hostRequest: HostRequest) => {
      requests.push(hostRequest);
      return answerFrom(values.shift());
    },
  } as unknown as Host;
  return { host, requests };
}
