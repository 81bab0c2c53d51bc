import { configure, withSink } from "./bench.ts";
import { drain } from "./drain.ts";
import { steady } from "./steady.ts";

/** From acknowledged to delivered: a steady stream into Mixpanel's import, and the throughput of a backlog. */
export async function deliver(): Promise<void> {
  await withSink(async (bench) => {
    configure(bench.folder, bench.sink);
    await steady(bench);
    await drain(bench);
  });
}
