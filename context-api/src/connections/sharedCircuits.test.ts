import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { hasRedis } from "@sidelight/test-support/redis.ts";
import { until } from "@sidelight/test-support/until.ts";
import { beforeEach, describe, expect, it } from "vitest";
import type { SharedState } from "../redis/sharedState.ts";
import { testSharedStates } from "../redis/testSharedStates.ts";
import { type Circuits, createCircuits } from "./circuits.ts";
import { createSharedCircuits } from "./sharedCircuits.ts";

interface Process {
  circuits: Circuits;
  shared: SharedState;
  /** Whether each change was adopted. */
  changes: boolean[];
  state(): string;
}

const outage = () => Promise.reject(new PlatformError("unavailable", "zendesk", "Zendesk is unavailable.", { status: 503 }));
const success = async () => {};

describe.runIf(hasRedis)("circuits of several processes", () => {
  const states = testSharedStates();
  let clock: ManualClock;
  beforeEach(() => {
    clock = manualClock(1_000_000);
  });

  async function newProcess(): Promise<Process> {
    const shared = await states.connect(clock.now);
    const changes: boolean[] = [];
    const circuits = createCircuits({
      platform: "zendesk",
      kinds: ["read", "write.note"],
      clock,
      options: { failureThreshold: 2, openMs: 60_000 },
      shared: createSharedCircuits(shared).of("the connection"),
      onSuccess: () => {},
      onChange: (isAdopted) => void changes.push(isAdopted),
    });
    return { circuits, shared, changes, state: () => circuits.of("read").state() };
  }
  async function newProcesses(): Promise<[Process, Process]> {
    const pair: [Process, Process] = [await newProcess(), await newProcess()];
    await until("subscriptions", () => states.server().run(states.url(), "pubsub", "channels").includes("circuits"));
    return pair;
  }
  async function fail({ circuits }: Process, times = 2): Promise<void> {
    for (let i = 0; i < times; i++) await circuits.run("read", outage).catch(() => {});
  }

  it("one that opened in a process is open in the others, with its cause and its time", async () => {
    const [first, second] = await newProcesses();
    await fail(first);
    expect(first.state()).toBe("open");
    await until("the circuit to open", () => second.state() === "open");
    expect(second.circuits.list()[0]).toEqual({ ...first.circuits.list()[0], lastSuccessAt: null });
    expect(second.circuits.list()[0]).toMatchObject({ since: 1_000_000, nextProbeAt: 1_060_000, failures: 2 });
    expect([first.changes, second.changes]).toEqual([[false], [true]]);
    let calls = 0;
    await expect(second.circuits.run("read", async () => void calls++)).rejects.toMatchObject({ code: "unavailable" });
    expect(calls).toBe(0);
    expect(second.circuits.of("write.note").state()).toBe("closed");
  });

  it("one probe of all processes decides", async () => {
    const [first, second] = await newProcesses();
    await fail(first);
    await until("the circuit to open", () => second.state() === "open");
    clock.advance(60_000);
    let calls = 0;
    let finish: () => void = () => {};
    const call = () => {
      calls += 1;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const results = [first, second, first, second].map(({ circuits }) => circuits.run("read", call).catch(() => "refused"));
    await until("the refusals", async () => calls === 1);
    finish();
    expect((await Promise.all(results)).filter((result) => result === "refused")).toHaveLength(3);
    expect(calls).toBe(1);
    await until("both circuits to close", () => first.state() === "closed" && second.state() === "closed");
  });

  it("a failed probe opens the circuit again in all processes", async () => {
    const [first, second] = await newProcesses();
    await fail(first);
    await until("the circuit to open", () => second.state() === "open");
    clock.advance(60_000);
    await fail(second, 1);
    await until("the circuit to open again", () => first.state() === "open");
    expect(first.circuits.of("read").openUntil()).toBe(1_120_000);
    clock.advance(60_000);
    await first.circuits.run("read", success);
    await until("the circuit to close", () => second.state() === "closed");
  });

  it("is open in a process that starts later", async () => {
    const first = await newProcess();
    await fail(first);
    await until("the state in Redis", () => states.server().run(states.url(), "dbsize") === "2");
    const second = await newProcess();
    await until("the circuit to open", () => second.state() === "open");
  });

  it("while Redis is lost, each process has its own; the newest state counts when it is back", async () => {
    const [first, second] = await newProcesses();
    await fail(first);
    await until("the circuit to open", () => second.state() === "open");
    await states.server().stop();
    await until("the loss", async () => (await first.shared.get("a")) !== null && !first.shared.isUp() && !second.shared.isUp());
    clock.advance(60_000);
    await second.circuits.run("read", success);
    expect([first.state(), second.state()]).toEqual(["half-open", "closed"]);
    // Redis has forgotten everything.
    await states.server().start();
    await until("the circuit to close", () => first.state() === "closed");
  });

  it("ignores messages that are none of ours", async () => {
    const [first, second] = await newProcesses();
    const channel =
      states
        .server()
        .run(states.url(), "pubsub", "channels")
        .split("\n")
        .find((name) => name.includes("circuits")) ?? "";
    for (const text of ["{", "{}", JSON.stringify({ name: "the connection", kind: "read", changedAt: "now", circuit: null })])
      states.server().run(states.url(), "publish", channel, text);
    await fail(first);
    await until("the circuit to open", () => second.state() === "open");
  });
});
