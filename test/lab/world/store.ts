import { generateKeyPairSync, randomBytes, randomInt } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Change, Key } from "./table.ts";
import type { Journal } from "./tenant.ts";
import type { Sizes } from "./types.ts";

/** Increased when the generator changes, so that an old journal is never applied to a new world. */
export const WORLD_VERSION = 2;

export interface Secrets {
  /** The key pair is the connected app's certificate, for the JWT bearer flow. */
  salesforce: { clientId: string; clientSecret: string; jwtPrivateKey: string; jwtPublicKey: string };
  zendesk: { clientId: string; clientSecret: string };
  /** `gdprToken` is the personal OAuth token of the privacy API. */
  mixpanel: { username: string; secret: string; projectId: string; token: string; gdprToken: string };
  /** Signs the simulators' own tokens. */
  tokenKey: string;
}

export interface Saved {
  version: number;
  seed: number;
  anchor: number;
  sizes: Record<string, Sizes>;
  secrets: Record<string, Secrets>;
  /** `salesforce/acme` → port. Stored, so that a restart needs no new configuration. */
  ports: Record<string, number>;
}

interface KeyPair {
  privateKey: string;
  publicKey: string;
}

const keyPairs = new Map<string, KeyPair>();

/** Takes 50 ms, so the labs of one process share the key pair of a tenant. */
function keyPairOf(tenant: string): KeyPair {
  const existing = keyPairs.get(tenant);
  if (existing) return existing;
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  keyPairs.set(tenant, pair);
  return pair;
}

/** Random at creation, then stored with the world. */
export function newSecrets(tenant: string): Secrets {
  const text = (bytes: number): string => randomBytes(bytes).toString("base64url");
  const pair = keyPairOf(tenant);
  return {
    salesforce: {
      clientId: `3MVG9${text(40)}`,
      clientSecret: randomBytes(32).toString("hex").toUpperCase(),
      jwtPrivateKey: pair.privateKey,
      jwtPublicKey: pair.publicKey,
    },
    zendesk: { clientId: "sidelight", clientSecret: randomBytes(32).toString("hex") },
    mixpanel: {
      username: `sidelight.${randomBytes(3).toString("hex")}.mp-service-account`,
      secret: text(24),
      projectId: String(randomInt(2_000_000, 3_999_999)),
      token: randomBytes(16).toString("hex"),
      gdprToken: text(24),
    },
    tokenKey: text(32),
  };
}

export interface Store {
  stored: Saved;
  save(): void;
  journal(tenant: string): Journal;
}

/** Opens the world of an earlier run, or creates one. Without a directory nothing is stored. */
export function openStore(dataDir: string | undefined, createFile: () => Saved): Store {
  if (dataDir === undefined) {
    const forget: Journal = { replay: () => {}, append: () => {}, replace: () => {} };
    return { stored: createFile(), save: () => {}, journal: () => forget };
  }
  const folder = join(dataDir, "world");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "world.json");
  const existing = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Saved) : undefined;
  const worldFile = existing?.version === WORLD_VERSION ? existing : createFile();
  const journalFile = (tenant: string): string => join(folder, `${tenant}.${worldFile.anchor}.jsonl`);
  return {
    stored: worldFile,
    save: () => writeByRename(file, JSON.stringify(worldFile, null, 2)),
    journal: (tenant) => fileJournal(journalFile(tenant)),
  };
}

function writeByRename(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

type Line = { table: string; key: Key; after: unknown }[];

/** One line a change. Opening compacts it to the newest version of each row. */
function fileJournal(file: string): Journal {
  const write = (line: readonly Change[]): string =>
    `${JSON.stringify(line.map(({ table, key, next }) => ({ table, key, after: next })))}\n`;
  return {
    replay(apply) {
      if (!existsSync(file)) return;
      const newest = new Map<string, Line[number]>();
      let lines = 0;
      for (const text of readFileSync(file, "utf8").split("\n")) {
        if (text === "") continue;
        let line: Line;
        try {
          line = JSON.parse(text) as Line;
        } catch {
          break; // the last line of a process that was killed while writing it
        }
        lines++;
        for (const change of line) newest.set(`${change.table}\n${change.key}`, change);
      }
      for (const change of newest.values()) apply(change);
      if (lines > 0) writeByRename(file, [...newest.values()].map((change) => `${JSON.stringify([change])}\n`).join(""));
    },
    append: (changes) => appendFileSync(file, write(changes), { mode: 0o600 }),
    replace: (changes) => writeByRename(file, changes.length > 0 ? write(changes) : ""),
  };
}
