import { methodLabel } from "../telemetry/labels.ts";
import { recordSpan, type SpanStart, withSpan } from "../telemetry/spans.ts";

interface RequestStart {
  method: string;
  /** Header of the request. */
  traceparent: string | undefined;
}

/** Without path and query: they name customers. The route says which operation it was. */
const describe = ({ method, traceparent }: RequestStart): SpanStart => ({
  kind: "server",
  attributes: { "http.request.method": methodLabel(method) },
  traceparent,
});

const answerAttributes = (route: string, status: number) => ({ "http.route": route, "http.response.status_code": status });

/** Runs a request in a span that continues the caller's trace. @param work calls `end` with the route and the status */
export const withRequestSpan = <T>(
  request: RequestStart,
  work: (end: (route: string, status: number) => void) => Promise<T>,
): Promise<T> =>
  withSpan(
    request.method,
    () => describe(request),
    (span) =>
      work((route, status) => {
        span?.setName(`${request.method} ${route}`);
        span?.setAttributes(answerAttributes(route, status));
        if (status >= 500) span?.fail(String(status));
      }),
  );

/** The span of a request that was answered at once. @param startedAt `performance.now()` */
export function recordRequestSpan(
  request: RequestStart,
  { route, status, startedAt }: { route: string; status: number; startedAt: number },
): void {
  recordSpan(`${request.method} ${route}`, () => {
    const { attributes, ...start } = describe(request);
    return { ...start, attributes: { ...attributes, ...answerAttributes(route, status) }, ms: performance.now() - startedAt };
  });
}
