import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { until } from "@sidelight/test-support/until.ts";
import { listeningPort } from "../../harness/commandLine.ts";
import { type ScaledClock, scaledClock, type TimeBase } from "./scaledClock.ts";

const entry = fileURLToPath(new URL("./serverProcess.ts", import.meta.url));

const maxStarts = 20;

/** One process of the product. */
export interface Member {
  name: string;
  port: number;
  process: TestProcess | null;
  /** Stopped with SIGSTOP. */
  isFrozen: boolean;
  /** Kills and freezes so far. A request during which it changes has no deadline. */
  disturbances: number;
  /** How far its time of day differs from the lab's, ms. */
  stepMs: number;
}

/** The processes of the product, as a load balancer and an operator see them. */
export interface Cluster {
  members: readonly Member[];
  clock: ScaledClock;
  start(member: Member): Promise<void>;
  kill(member: Member): Promise<void>;
  /** Ends a process as a deployment does. */
  stop(member: Member): Promise<void>;
  freeze(member: Member): void;
  unfreeze(member: Member): void;
  stepClock(member: Member, ms: number): void;
  /** Skips time on the clocks of all processes and of the lab. */
  skip(ms: number): void;
  /** A process that accepts connections; null while there is none. */
  pick(random: () => number): Member | null;
  /** Processes that have ended without being ended. */
  crashed(): Member[];
  /** Resident memory of the largest process, bytes. */
  residentBytes(): number;
  /** Runs a command of the product to its end. @returns its output */
  command(...args: string[]): Promise<string>;
  /** The newest lines of the logs, for a failure. */
  logs(): string;
  close(): Promise<void>;
}

export interface ClusterOptions {
  folder: string;
  size: number;
  time: TimeBase;
  env: NodeJS.ProcessEnv;
}

export function createCluster({ folder, size, time, env }: ClusterOptions): Cluster {
  const clock = scaledClock(time);
  let skipped = 0;
  const members: Member[] = Array.from({ length: size }, (_, i) => ({
    name: `process ${i + 1}`,
    port: 0,
    process: null,
    isFrozen: false,
    disturbances: 0,
    stepMs: 0,
  }));
  const logTails = new Map<string, string>();

  const launch = (...args: string[]): TestProcess =>
    startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", entry, ...args], {
      env: {
        ...process.env,
        ...env,
        PORT: "0",
        SIDELIGHT_DATA: join(folder, "data"),
        SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
        SEEDS_TIME: JSON.stringify({ ...time, skipped }),
      },
    });
  const send = ({ process: running }: Member, line: string): void => {
    running?.child.stdin.write(`${line}\n`, () => {});
  };
  const end = async (member: Member, signal: NodeJS.Signals): Promise<void> => {
    const { process: running } = member;
    if (!running) return;
    member.disturbances += 1;
    if (member.isFrozen) running.child.kill("SIGCONT");
    Object.assign(member, { process: null, isFrozen: false, stepMs: 0 });
    await running.stop(signal);
    logTails.set(member.name, running.err().slice(-60_000));
  };

  return {
    members,
    clock,
    async start(member) {
      // A start without a database fails. A supervisor of processes repeats it.
      for (let attempt = 1; ; attempt++) {
        const started = launch("serve");
        try {
          member.port = await listeningPort(started);
          member.process = started;
          return;
        } catch (error) {
          if (attempt === maxStarts) throw error;
        }
      }
    },
    kill: (member) => end(member, "SIGKILL"),
    stop: (member) => end(member, "SIGTERM"),
    freeze(member) {
      member.disturbances += 1;
      member.isFrozen = member.process?.child.kill("SIGSTOP") ?? false;
    },
    unfreeze(member) {
      member.process?.child.kill("SIGCONT");
      member.isFrozen = false;
    },
    stepClock(member, ms) {
      member.stepMs += ms;
      send(member, `step ${ms}`);
    },
    skip(ms) {
      skipped += ms;
      clock.skip(ms);
      for (const member of members) send(member, `skip ${ms}`);
    },
    pick(random) {
      const running = members.filter((member) => member.process && !member.isFrozen);
      return running[Math.floor(random() * running.length)] ?? null;
    },
    crashed: () =>
      members.filter(({ process: running }) => running && (running.child.exitCode !== null || running.child.signalCode !== null)),
    residentBytes() {
      const pids = members.flatMap((member) => member.process?.child.pid ?? []);
      return Math.max(0, ...pids.map((pid) => Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096));
    },
    async command(...args) {
      const run = launch(...args);
      run.child.stdin.end();
      const code = await run.ended;
      if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${run.err()}`);
      return run.out();
    },
    logs: () =>
      members
        .map(({ name, process: running }) => `${name}:\n${running?.err().slice(-60_000) ?? logTails.get(name) ?? ""}`)
        .join("\n"),
    async close() {
      await Promise.all(members.map((member) => end(member, "SIGKILL")));
    },
  };
}

export const allReady = (cluster: Cluster): Promise<void> =>
  until("every process to be ready", async () => {
    const answers = await Promise.all(
      cluster.members.map(async ({ port }) => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok ?? false),
    );
    return answers.every(Boolean);
  });
