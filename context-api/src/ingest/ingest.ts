import type { Clock } from "@sidelight/model/clock.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import type { Answer, Delivery, InletTools, Received } from "@sidelight/platform-kit/webhook.ts";
import type { Connection } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { currentData } from "../log/reader.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type ReceiveDeps, receive, receiveAgain, type refused } from "./acceptWebhook.ts";
import { createFollowUps, type FollowUps } from "./followUpFetches.ts";
import { knownRefs } from "./knownRefs.ts";
import { openLists } from "./memberLists.ts";
import { type Held, readHeld, settle } from "./quarantine.ts";
import { rememberedSecrets } from "./secretCache.ts";
import { inOrder } from "./serialQueue.ts";
import { type Doors, openDoors } from "./webhookEndpoints.ts";

/** What arrives for one tenant by itself. */
export interface Hub {
  doors: Doors;
  receive(door: NonNullable<Awaited<ReturnType<Doors["find"]>>>, delivery: Delivery): Promise<Answer | typeof refused>;
  /** Reads a quarantined delivery anew. Null when there is none of this id that is held. */
  release(id: string): Promise<(Received & { unusable: string[] }) | null>;
  followUps: FollowUps;
}

export interface HubDeps {
  log: TenantLog;
  connections: readonly Connection[];
  secret(name: string): Promise<string>;
  clock: Clock;
  logger: Logger;
}

/** @throws {ConfigError} for webhooks that the configuration has wrong */
export function openHub({ log, connections, secret, clock, logger }: HubDeps): Hub {
  const secrets = rememberedSecrets(secret, clock.now);
  const current: ReceiveDeps["current"] = (refs) => currentData(log, refs);
  const followUps = createFollowUps({ log, clock, logger, current });
  const doors = openDoors({ tenant: log.tenant, connections, secret: secrets, now: clock.now });
  const deps: ReceiveDeps = {
    log,
    now: clock.now,
    secret: secrets,
    current,
    knows: knownRefs(log),
    objectRef: objectRefs(connections),
    lists: openLists(log),
    oneByOne: inOrder(),
    followUps,
    logger,
  };

  return {
    doors,
    followUps,
    receive: (door, delivery) => receive(door, delivery, deps),
    async release(id) {
      const held: Held | null = await readHeld(log, id);
      const door = held && doors.named(held.connection, held.webhook);
      if (!held || !door) return null;
      const result = await receiveAgain(door, held.delivery, deps);
      if (result.unusable.length === 0) await settle(log, id, "released", clock.now());
      return result;
    },
  };
}

/** Reads refs of the platforms that the tenant has connected. */
function objectRefs(connections: readonly Connection[]): InletTools["objectRef"] {
  const platforms = new Map(connections.map(({ platform }) => [platform.name, platform]));
  return (text) => {
    const parsed = parseRef(text, platforms);
    if ("problem" in parsed || parsed.kind !== "object") return null;
    const kind = platforms.get(parsed.platform)?.objects[parsed.object]?.kind;
    return kind ? { ref: parsed.ref, kind } : null;
  };
}
