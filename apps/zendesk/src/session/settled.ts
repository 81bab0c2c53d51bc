import { SidelightError } from "@sidelight/client/error.ts";
import type { PanelProblem } from "@sidelight/panel/options.ts";

/** A call that resolves with the code of its failure instead of rejecting. */
export async function settled<T>(call: Promise<T>): Promise<{ value: T } | { code: PanelProblem["code"] }> {
  try {
    return { value: await call };
  } catch (error) {
    if (!(error instanceof SidelightError)) throw error;
    return { code: error.code === "unexpected_answer" ? "internal" : (error.code as PanelProblem["code"]) };
  }
}
