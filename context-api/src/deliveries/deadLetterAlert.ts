import type { OnFailure } from "../config/routing.ts";

/** `delivery_review` for a route whose dead letters must be reviewed, because it waits for them. */
export const deadLetterKinds = ["dead_letter", "delivery_review"] as const;

/** One alert per route and target, however many of its deliveries are dead letters. */
export const deadLetterAlert = ({
  route,
  target,
  policy,
  cause,
}: {
  route: string;
  target: string;
  policy: OnFailure;
  cause: string | null;
}) => ({
  kind: policy === "review" ? deadLetterKinds[1] : deadLetterKinds[0],
  severity: "warning" as const,
  connection: target,
  subject: route,
  message: `Deliveries of the route ${route} are in the dead-letter queue. Review and retry them.`,
  cause: cause ?? "unknown",
});
