import type { EvaluationRequest } from "./evaluator.ts";
import { ready } from "./evaluatorReady.ts";
import { type ExpressionReply, interpret } from "./interpreter.ts";

// Evaluates expressions one after another, each reply in a message of its own, so that the server knows which one does not end.
process.on("message", (requests: EvaluationRequest[]) => void evaluateAll(requests));
process.on("disconnect", () => process.exit());
process.send?.(ready);

async function evaluateAll(requests: EvaluationRequest[]): Promise<void> {
  for (const { source, input } of requests) {
    const reply: ExpressionReply = await interpret(source, input);
    process.send?.(reply);
  }
}
