import { createRoute } from "@hono/zod-openapi";
import { streamSSE } from "hono/streaming";
import { watch } from "../../context/liveContext.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { noteSeen } from "./notePanelView.ts";
import { ContextOptions, problems, RefParam, readQuery, security } from "./shared.ts";

const route = createRoute({
  method: "get",
  path: "/v1/context/{ref}/stream",
  operationId: "streamContext",
  summary: "One customer, live",
  description:
    "Server-sent events: `section` {name, section} for each section as it comes, `settled` with everything but the sections, then `section` for each that changes and `settled` when the rest does. A comment every 15 seconds keeps the connection open. Ends with the process, and when another configuration opens the tenant anew: connect again.",
  tags: ["Context"],
  security,
  request: { params: RefParam, query: ContextOptions.pick({ sections: true, deadline: true }) },
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
    ...problems,
  },
});

const heartbeatMs = 15_000;
/** Open streams of one tenant. */
const most = 5_000;

export function streamContext(app: App): void {
  const open = new Map<string, number>();
  app.openapi(route, (c) => {
    const served = c.get("served");
    const { tenant, contexts } = served;
    const query = readQuery(served, c.get("actor"), c.req.valid("param").ref, c.req.valid("query"));
    const count = open.get(tenant.id) ?? 0;
    if (count >= most) throw new ProblemError("overloaded", "Too many streams are open.", { headers: { "retry-after": "30" } });
    open.set(tenant.id, count + 1);
    const ended = new AbortController();
    const until = c.get("actor").until;
    const answer = streamSSE(c, async (stream) => {
      stream.onAbort(() => ended.abort());
      const alive = keepAlive();
      const expiry = until === null ? null : setTimeout(() => ended.abort(), Math.max(0, until - tenant.clock.now()));
      try {
        const signal = AbortSignal.any([ended.signal, served.ended]);
        const changes = watch(tenant, contexts, { query, signal, onAnswer: (shown) => noteSeen(c, served, shown) });
        for await (const change of changes) {
          const { kind, ...data } = change;
          await stream.writeSSE({ event: kind, data: JSON.stringify("head" in data ? data.head : data) });
        }
      } finally {
        clearInterval(alive);
        if (expiry) clearTimeout(expiry);
        ended.abort();
        open.set(tenant.id, (open.get(tenant.id) ?? 1) - 1);
      }

      function keepAlive() {
        return setInterval(() => void stream.write(": still here\n\n"), heartbeatMs).unref();
      }
    });
    // Proxies must neither keep it nor gather it.
    answer.headers.set("cache-control", "no-store");
    answer.headers.set("x-accel-buffering", "no");
    return answer as never;
  });
}
