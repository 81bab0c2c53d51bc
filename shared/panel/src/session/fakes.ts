/** For the session's tests: a clock that only moves by hand, and a transport that is answered by hand. */
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { PanelClock } from "../clock.ts";
import type { PanelProblem } from "../options.ts";
import type { PanelRequest, PanelSubject, PanelTransport, ReadResult, StreamEnd, StreamListener } from "./transport.ts";

export const startTime = Date.parse("2026-11-21T09:30:00Z");

/** Lets promises settle that are already resolved. */
export async function flush(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

export interface FakeClock extends PanelClock {
  advance(ms: number): Promise<void>;
  timers(): number;
  /** Sets the wall clock, as a person or a time server does. */
  step(ms: number): void;
}

export function createFakeClock(): FakeClock {
  let now = startTime;
  let stepMs = 0;
  let timers: { dueAt: number; run: () => void }[] = [];
  return {
    now: () => now + stepMs,
    monotonic: () => now,
    after: (ms, run) => {
      const timer = { dueAt: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((entry) => entry !== timer);
      };
    },
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await flush();
        const next = timers.filter(({ dueAt }) => dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (!next) break;
        timers = timers.filter((entry) => entry !== next);
        now = next.dueAt;
        next.run();
      }
      now = end;
      await flush();
    },
    timers: () => timers.length,
    step(ms) {
      stepMs += ms;
    },
  };
}

export const subject = (id: number): PanelSubject => ({ key: `ticket ${id}` });

export const answer = (context: Context, requestId = "req-1", etag: string | null = null): ReadResult => ({
  kind: "context",
  context,
  requestId,
  etag,
});

export const failedResult = (code: PanelProblem["code"], retryAt: number | null = null): ReadResult => ({
  kind: "failed",
  problem: { code, requestId: "req-failed", retryAt },
  setup: null,
});

export interface Call {
  method: "getContext" | "getSections" | "refresh";
  request: PanelRequest<PanelSubject> & { etag?: string | null; sections?: readonly SectionName[] };
  signal: AbortSignal;
  respond(result: ReadResult): Promise<void>;
}

export interface FakeTransport extends PanelTransport<PanelSubject> {
  calls: Call[];
}

export function createFakeTransport(): FakeTransport {
  const calls: Call[] = [];
  const record =
    (method: Call["method"]) =>
    (request: Call["request"], signal: AbortSignal): Promise<ReadResult> =>
      new Promise((resolve) => {
        const respond = (result: ReadResult): Promise<void> => {
          resolve(result);
          return flush();
        };
        calls.push({ method, request, signal, respond });
      });
  return { calls, getContext: record("getContext"), getSections: record("getSections"), refresh: record("refresh") };
}

export interface Connection {
  request: PanelRequest<PanelSubject>;
  listener: StreamListener;
  signal: AbortSignal;
  hasEnded: boolean;
  end(end?: Partial<StreamEnd>): Promise<void>;
}

export interface FakeStreams {
  connections: Connection[];
  /** False refuses new streams. */
  isAvailable: boolean;
  stream: NonNullable<PanelTransport<PanelSubject>["stream"]>;
}

export function createFakeStreams(): FakeStreams {
  const connections: Connection[] = [];
  const streams: FakeStreams = {
    connections,
    isAvailable: true,
    stream: (request, listener, signal) =>
      new Promise((resolve) => {
        const end = (reason: Partial<StreamEnd> = {}): Promise<void> => {
          connection.hasEnded = true;
          resolve({ reason: "ended", retryAfterMs: 0, ...reason });
          return flush();
        };
        const connection: Connection = { request, listener, signal, hasEnded: false, end };
        connections.push(connection);
        signal.addEventListener("abort", () => void end());
        if (streams.isAvailable) listener.opened();
        else void end();
      }),
  };
  return streams;
}
