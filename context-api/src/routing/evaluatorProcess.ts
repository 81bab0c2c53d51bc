import type { EvaluationRequest } from "./evaluator.ts";
import { ready } from "./evaluatorReady.ts";
import { type ExpressionReply, interpret } from "./interpreter.ts";

/** Replies share a message for this long, ms: a message costs as much as an evaluation. */
const maxSharedMs = 5;

// Evaluates expressions one after another.
process.on("message", (requests: EvaluationRequest[]) => void evaluateAll(requests));
process.on("disconnect", () => process.exit());
process.send?.(ready);

async function evaluateAll(requests: EvaluationRequest[]): Promise<void> {
  let replies: ExpressionReply[] = [];
  let sentAt = performance.now();
  for (const [i, { source, input }] of requests.entries()) {
    replies.push(await interpret(source, input));
    if (i < requests.length - 1 && performance.now() - sentAt < maxSharedMs) continue;
    process.send?.(replies);
    [replies, sentAt] = [[], performance.now()];
  }
}
