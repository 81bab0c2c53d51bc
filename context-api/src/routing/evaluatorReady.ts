/** First message of the evaluator's process. */
export const ready = "ready";
