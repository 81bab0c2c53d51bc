import type { Page, PullContext } from "@sidelight/platform-kit/platform.ts";
import { ZendeskRefusal } from "./refusal.ts";

/**
 * A pull that starts without its stored cursor when Zendesk refuses it: after a long pause, or when the account was moved or copied.
 * The same cursor would be refused for ever.
 * @param withoutCursor the checkpoint without its cursor; the same one when it has none
 */
export async function* withoutForgottenCursor(
  context: PullContext,
  withoutCursor: (checkpoint: unknown) => unknown,
  pull: (context: PullContext) => AsyncIterable<Page>,
): AsyncIterable<Page> {
  let hasPage = false;
  try {
    for await (const page of pull(context)) {
      hasPage = true;
      yield page;
    }
  } catch (error) {
    const checkpoint = withoutCursor(context.checkpoint);
    if (hasPage || !(error instanceof ZendeskRefusal) || checkpoint === context.checkpoint) throw error;
    yield* pull({ ...context, checkpoint });
  }
}
