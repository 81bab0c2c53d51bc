import type { TestPostgres } from "@sidelight/test-support/postgres.ts";
import type { TestRedis } from "@sidelight/test-support/redis.ts";
import type { Lab } from "../../lab/simulators/lab.ts";
import type { Cluster } from "./cluster.ts";
import type { NetworkProxy } from "./networkProxy.ts";
import type { Mischief } from "./plan.ts";

/** A database server, and the network before it. */
export interface Behind<Server> {
  server: Server;
  proxy: NetworkProxy;
}

export interface Parts {
  lab: Lab;
  cluster: Cluster;
  redis: Behind<TestRedis> | null;
  postgres: Behind<TestPostgres> | null;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Does the damage, waits, and repairs it. */
export async function inflict(mischief: Mischief, { lab, cluster, redis, postgres }: Parts): Promise<void> {
  switch (mischief.kind) {
    case "platform":
      // All faults end together, with the disturbed part of the seed.
      return lab.faults.add(mischief.fault);
    case "kill":
    case "restart": {
      const member = cluster.members[mischief.member];
      if (!member?.process) return;
      await (mischief.kind === "kill" ? cluster.kill(member) : cluster.stop(member));
      await pause(mischief.ms);
      return await cluster.start(member);
    }
    case "freeze": {
      const member = cluster.members[mischief.member];
      if (!member?.process || member.isFrozen) return;
      cluster.freeze(member);
      await pause(mischief.ms);
      return cluster.thaw(member);
    }
    case "clock": {
      const member = cluster.members[mischief.member];
      if (!member?.process) return;
      cluster.stepClock(member, mischief.stepMs);
      await pause(mischief.ms);
      // A process that was started since then has the right time.
      if (member.stepMs !== 0) cluster.stepClock(member, -mischief.stepMs);
      return;
    }
    case "redis":
    case "database": {
      const behind = mischief.kind === "redis" ? redis : postgres;
      if (!behind) return;
      if (mischief.how === "flush") return redis?.server.flush();
      return await disturb(behind, mischief.how, mischief.ms);
    }
  }
}

async function disturb({ server, proxy }: Behind<TestRedis | TestPostgres>, how: "restart" | "cut" | "freeze", ms: number) {
  if (how === "restart") {
    await server.stop();
    await pause(ms);
    return await server.start();
  }
  if (how === "cut") proxy.cut();
  else proxy.freeze();
  await pause(ms);
  // What a frozen connection holds may never arrive: both sides give up on it.
  if (how === "freeze") proxy.cut();
  proxy.restore();
}
