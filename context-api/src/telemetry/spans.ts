import { AsyncLocalStorage } from "node:async_hooks";

// Spans of OpenTelemetry without its packages: they are loaded only when traces are on (tracing.ts). While they are off, a span costs
// one comparison. Attributes follow the semantic conventions; those of Sidelight start with `sidelight.`. None holds a value of a customer.

export type SpanKind = "server" | "client" | "producer" | "consumer" | "internal";
export type SpanAttributes = Readonly<Record<string, string | number | boolean | string[]>>;

export interface SpanStart {
  kind: SpanKind;
  attributes?: SpanAttributes;
  /** Header of the request that this span continues. */
  traceparent?: string | undefined;
  /** Epoch ms; now when left out. */
  startedAt?: number;
}

export interface Span {
  traceId: string;
  spanId: string;
  setName(name: string): void;
  setAttributes(attributes: SpanAttributes): void;
  /** @param type a code or the name of a class, never a message */
  fail(type: string): void;
  end(): void;
}

export interface SpanSource {
  /** @param parent of the same process */
  start(name: string, start: SpanStart, parent: Span | undefined): Span;
}

let source: SpanSource | null = null;
const current = new AsyncLocalStorage<Span>();

/** @param next null turns traces off */
export function setSpanSource(next: SpanSource | null): void {
  source = next;
}

export const currentSpan = (): Span | undefined => current.getStore();

/** Runs work in a span, the parent of the spans that the work starts. @param describe called while traces are on */
export async function withSpan<T>(name: string, describe: () => SpanStart, work: (span: Span | null) => Promise<T>): Promise<T> {
  if (!source) return await work(null);
  const span = source.start(name, describe(), current.getStore());
  return await current.run(span, async () => {
    try {
      return await work(span);
    } catch (error) {
      span.fail(typeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of work that has just ended. @param describe the same; `ms` is how long it took */
export function recordSpan(name: string, describe: () => SpanStart & { ms: number; failure?: string | null }): void {
  if (!source) return;
  const { ms, failure, ...start } = describe();
  const span = source.start(name, { ...start, startedAt: Date.now() - ms }, current.getStore());
  if (failure) span.fail(failure);
  span.end();
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
