import {
  type Span as ApiSpan,
  type Context,
  DiagLogLevel,
  diag,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "./logger.ts";
import type { Span, SpanSource, SpanStart } from "./spans.ts";
import { readParent } from "./trace.ts";
import { version } from "./version.ts";

const kinds: Record<SpanStart["kind"], SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  internal: SpanKind.INTERNAL,
};

const stopLimitMs = 2_000;
/** A collector that is down fails every few seconds. */
const logIntervalMs = 60_000;

/** Spans that are sent over OTLP/HTTP in batches. */
export function openSpanSource(env: NodeJS.ProcessEnv, logger: Logger): { source: SpanSource; shutdown(): Promise<void> } {
  logFailures(logger);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "sidelight", "service.version": version }))
      // Last, so that the environment decides.
      .merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(env, logger),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer("sidelight", version);
  const contexts = new WeakMap<Span, Context>();
  return {
    source: {
      start(name, { kind, attributes = {}, traceparent, startedAt }, parent) {
        const parentContext = (parent && contexts.get(parent)) ?? remoteContext(traceparent);
        const options = { kind: kinds[kind], attributes, ...(startedAt === undefined ? {} : { startTime: startedAt }) };
        const apiSpan = tracer.startSpan(name, options, parentContext);
        const span = spanOf(apiSpan);
        contexts.set(span, trace.setSpan(parentContext, apiSpan));
        return span;
      },
    },
    async shutdown() {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, stopLimitMs).unref());
      await Promise.race([provider.shutdown().catch(() => {}), limit]);
      diag.disable();
    },
  };
}

function spanOf(span: ApiSpan): Span {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    setName: (name) => void span.updateName(name),
    setAttributes: (attributes) => void span.setAttributes(attributes),
    fail(type) {
      span.setAttribute("error.type", type);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

function remoteContext(traceparent: string | undefined): Context {
  const parent = readParent(traceparent);
  if (!parent) return ROOT_CONTEXT;
  const { traceId, spanId, isSampled } = parent;
  const spanContext = { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function samplerOf(env: NodeJS.ProcessEnv, logger: Logger): Sampler {
  const name = env["OTEL_TRACES_SAMPLER"] || "parentbased_always_on";
  const ratio = Number(env["OTEL_TRACES_SAMPLER_ARG"] || 1);
  const roots = new Map<string, () => Sampler>([
    ["always_on", () => new AlwaysOnSampler()],
    ["always_off", () => new AlwaysOffSampler()],
    ["traceidratio", () => new TraceIdRatioBasedSampler(ratio)],
  ]);
  const root = roots.get(name.replace(/^parentbased_/, ""));
  if (root && ratio >= 0 && ratio <= 1)
    return name.startsWith("parentbased_") ? new ParentBasedSampler({ root: root() }) : root();
  const names = [...roots.keys()].flatMap((sampler) => [sampler, `parentbased_${sampler}`]);
  logger.warn(
    `OTEL_TRACES_SAMPLER is not usable; all traces are sent. Use one of ${names.join(", ")}, with a ratio from 0 to 1.`,
  );
  return new ParentBasedSampler({ root: new AlwaysOnSampler() });
}

/** Without the text of the failure: it may contain the collector's address with credentials. */
function logFailures(logger: Logger): void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  const report = (): void => {
    if (performance.now() - loggedAt < logIntervalMs) return;
    loggedAt = performance.now();
    logger.warn("traces could not be sent; check OTEL_EXPORTER_OTLP_ENDPOINT and the collector");
  };
  const ignore = (): void => {};
  diag.setLogger({ error: report, warn: report, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
}
