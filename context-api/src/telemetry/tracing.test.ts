import { afterEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "./logger.ts";
import { currentSpan, recordSpan, type Span, type SpanSource, setSpanSource, withSpan } from "./spans.ts";
import { readParent } from "./trace.ts";
import { startTracing } from "./tracing.ts";

const loaded = vi.hoisted(() => ({ count: 0 }));
vi.mock("./openTelemetry.ts", () => {
  loaded.count += 1;
  return { openSpanSource: () => ({ source: { start: () => ({}) }, shutdown: async () => {} }) };
});

afterEach(() => setSpanSource(null));

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };
const logger = createLogger("silent");

describe("traces", () => {
  it("load OpenTelemetry only when the environment names a collector", async () => {
    const isOff = [{}, { ...endpoint, OTEL_SDK_DISABLED: "true" }, { ...endpoint, OTEL_TRACES_EXPORTER: "none" }];
    for (const env of isOff) await (await startTracing(env, logger)).stop();
    expect(loaded.count).toBe(0);
    await (await startTracing(endpoint, logger)).stop();
    expect(loaded.count).toBe(1);
  });

  it("describe nothing while they are off", async () => {
    const describeSpan = vi.fn();
    expect(await withSpan("work", describeSpan, async (span) => [span, currentSpan()])).toEqual([null, undefined]);
    recordSpan("call", describeSpan);
    expect(describeSpan).not.toHaveBeenCalled();
  });

  it("end a span whose work fails, with the code of the error and not its message", async () => {
    const calls: unknown[] = [];
    const start: SpanSource["start"] = (name, _, parent) => {
      const span: Span = {
        ...{ traceId: "t", spanId: name, setName: () => {}, setAttributes: () => {} },
        fail: (type) => void calls.push([name, "failed", type]),
        end: () => void calls.push([name, "ended"]),
      };
      calls.push([name, parent?.spanId]);
      return span;
    };
    setSpanSource({ start });
    const failure = Object.assign(new Error("ada@acme.example"), { code: "unavailable" });
    const inner = () =>
      withSpan(
        "inner",
        () => ({ kind: "internal" }),
        () => Promise.reject(failure),
      );
    await expect(withSpan("outer", () => ({ kind: "server" }), inner)).rejects.toBe(failure);
    expect(calls).toEqual([
      ["outer", undefined],
      ["inner", "outer"],
      ["inner", "failed", "unavailable"],
      ["inner", "ended"],
      ["outer", "failed", "unavailable"],
      ["outer", "ended"],
    ]);
  });

  it("read the caller's span and whether it is sampled", () => {
    const header = (flags: string) => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`;
    const ids = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
    expect([readParent(header("01")), readParent(header("02"))]).toEqual([
      { ...ids, isSampled: true },
      { ...ids, isSampled: false },
    ]);
    expect(readParent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")).toBeNull();
  });
});
