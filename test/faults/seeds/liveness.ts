import type { Cluster, Member } from "./cluster.ts";

/** How long each process takes for a request that does nothing. That is the delay of the machine. */
export interface Liveness {
  /** The longest such request since an instant of `performance.now()`, ms; also one that has no answer yet. */
  longestMs(member: Member, since: number): number;
}

const intervalMs = 100;

export function watchLiveness({ members }: Pick<Cluster, "members">, signal: AbortSignal): Liveness {
  const probes = new Map(members.map((member) => [member, [] as { startedAt: number; endedAt: number | null }[]]));

  async function watch(member: Member): Promise<void> {
    while (!signal.aborted) {
      const probe = { startedAt: performance.now(), endedAt: null as number | null };
      probes.get(member)?.push(probe);
      await fetch(`http://127.0.0.1:${member.port}/healthz`, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) })
        .then((response) => response.text())
        .catch(() => {});
      probe.endedAt = performance.now();
      await new Promise((resolve) => setTimeout(resolve, intervalMs));
    }
  }
  for (const member of members) void watch(member);

  return {
    longestMs(member, since) {
      const now = performance.now();
      const durations = (probes.get(member) ?? [])
        .filter(({ endedAt }) => endedAt === null || endedAt >= since)
        .map(({ startedAt, endedAt }) => (endedAt ?? now) - startedAt);
      return Math.max(0, ...durations);
    },
  };
}
