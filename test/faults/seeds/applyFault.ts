import type { NetworkProxy } from "@sidelight/test-support/networkProxy.ts";
import type { TestPostgres } from "@sidelight/test-support/postgres.ts";
import type { TestRedis } from "@sidelight/test-support/redis.ts";
import type { Lab } from "../../lab/simulators/lab.ts";
import type { Cluster } from "./cluster.ts";

import type { PlannedFault } from "./plan.ts";

/** A database server that the product reaches through a proxy. */
export interface ProxiedServer<Server> {
  server: Server;
  proxy: NetworkProxy;
}

export interface Parts {
  lab: Lab;
  cluster: Cluster;
  redis: ProxiedServer<TestRedis> | null;
  postgres: ProxiedServer<TestPostgres> | null;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Applies a fault for its time, and ends it. Those of platforms end with the disturbed part of the seed. */
export async function applyFault(fault: PlannedFault, { lab, cluster, redis, postgres }: Parts): Promise<void> {
  switch (fault.kind) {
    case "platform":
      return lab.faults.add(fault.fault);
    case "kill":
    case "restart": {
      const member = cluster.members[fault.member];
      if (!member?.process) return;
      await (fault.kind === "kill" ? cluster.kill(member) : cluster.stop(member));
      await pause(fault.ms);
      return await cluster.start(member);
    }
    case "freeze": {
      const member = cluster.members[fault.member];
      if (!member?.process || member.isFrozen) return;
      cluster.freeze(member);
      await pause(fault.ms);
      return cluster.unfreeze(member);
    }
    case "clock": {
      const member = cluster.members[fault.member];
      if (!member?.process) return;
      cluster.stepClock(member, fault.stepMs);
      await pause(fault.ms);
      // A process that was started since then has the right time.
      if (member.stepMs !== 0) cluster.stepClock(member, -fault.stepMs);
      return;
    }
    case "redis":
    case "database": {
      const proxied = fault.kind === "redis" ? redis : postgres;
      if (!proxied) return;
      if (fault.how === "flush") return redis?.server.flush();
      return await interrupt(proxied, fault.how, fault.ms);
    }
  }
}

async function interrupt(
  { server, proxy }: ProxiedServer<TestRedis | TestPostgres>,
  how: "restart" | "cut" | "freeze",
  ms: number,
) {
  if (how === "restart") {
    await server.stop();
    await pause(ms);
    return await server.start();
  }
  if (how === "cut") proxy.cut();
  else proxy.freeze();
  await pause(ms);
  // What was sent while the network was frozen is lost.
  if (how === "freeze") proxy.cut();
  proxy.restore();
}
