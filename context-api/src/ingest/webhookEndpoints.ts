import { createHash } from "node:crypto";
import { BlockList, isIPv6 } from "node:net";
import type { Inlet } from "@sidelight/platform-kit/webhook.ts";
import { ConfigError, issuesOf } from "../config/issues.ts";
import type { Connection } from "../connections/connections.ts";

/** One webhook of one connection, ready to receive. */
export interface Door {
  connection: Connection;
  /** Its kind in the configuration. */
  kind: string;
  inlet: Inlet;
  options: unknown;
  requestsPerMinute: number;
  /** Whether a sender at this address may come in. */
  admits(address: string | null): boolean;
}

export interface Doors {
  /** The door at the end of a path; null for every way to be wrong. */
  find(platform: string, token: string): Promise<Door | null>;
  /** A door by name, for what came through it before. */
  named(connection: string, kind: string): Door | null;
}

/** A token that was rotated is asked for anew after this long, ms. */
const rememberMs = 30_000;

export interface DoorDeps {
  tenant: string;
  connections: readonly Connection[];
  secret(name: string): Promise<string>;
  now(): number;
}

/** @throws {ConfigError} for a kind that the platform doesn't have, or options it can't read */
export function openDoors({ tenant, connections, secret, now }: DoorDeps): Doors {
  const doors = connections.flatMap((connection, at) =>
    connection.webhooks.map((config, i) => {
      const { kind, token, allowFrom, requestsPerMinute, ...own } = config;
      const path = ["tenants", tenant, "connections", at, "webhooks", i];
      const inlet = Object.hasOwn(connection.platform.webhooks, kind) ? connection.platform.webhooks[kind] : undefined;
      if (!inlet) {
        const known = Object.keys(connection.platform.webhooks).join(", ") || "none";
        const message = `${connection.platform.label} sends no ${kind}; known are ${known}`;
        throw new ConfigError([{ path: [...path, "kind"], message, place: null }]);
      }
      const options = inlet.options.safeParse(own);
      if (!options.success) throw new ConfigError(issuesOf(options.error, path));
      const door: Door = { connection, kind, inlet, options: options.data, requestsPerMinute, admits: allowList(allowFrom) };
      return { door, token };
    }),
  );
  let byToken = new Map<string, Door>();
  let readAt = Number.NEGATIVE_INFINITY;

  return {
    async find(platform, token) {
      if (doors.length === 0) return null;
      if (now() - readAt >= rememberMs) {
        byToken = await tokens();
        readAt = now();
      }
      const door = byToken.get(digest(token));
      return door?.connection.platform.name === platform ? door : null;
    },
    named: (connection, kind) => doors.find(({ door }) => door.connection.id === connection && door.kind === kind)?.door ?? null,
  };

  /** By digest, so that looking one up tells nothing of another by its time. One that can't be had closes its own door only. */
  async function tokens(): Promise<Map<string, Door>> {
    const found = new Map<string, Door>();
    for (const { door, token } of doors) {
      const value = await secret(token).catch(() => null);
      if (value) found.set(digest(value), door);
    }
    return found;
  }
}

const digest = (token: string): string => createHash("sha256").update(token).digest("base64");

function allowList(networks: string[]): Door["admits"] {
  if (networks.length === 0) return () => true;
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return (address) => {
    if (address === null) return false;
    // An IPv4 sender on a socket that takes both.
    const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
    return list.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  };
}
