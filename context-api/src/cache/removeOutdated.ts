import type { AnswerCache } from "./answerCache.ts";
import { tenantPrefix } from "./answerKey.ts";
import type { SharedAnswers } from "./sharedAnswers.ts";

/** What a tenant's log reports when it outdates answers. */
interface OutdatingLog {
  tenant: string;
  onInvalidated(listener: (change: { dependencies: readonly string[]; isEverything: boolean }) => void): () => void;
}

const maxRemovedSubjects = 200;

/**
 * Removes the answers about customers that an event changed, so that no tier keeps what was erased or withdrawn. They are not served
 * before they are removed either: an answer in memory or in Redis is compared with the invalidations at each read.
 */
export function removeOutdated(log: OutdatingLog, cache: AnswerCache, sharedAnswers: SharedAnswers): void {
  log.onInvalidated(({ dependencies, isEverything }) => {
    if (isEverything) cache.removeAll(tenantPrefix(log.tenant));
    const present = isEverything ? [] : cache.removeSubjects(dependencies);
    // The changes of a backfill are many, and few of their customers were read.
    sharedAnswers.removeSubjects(dependencies.length > maxRemovedSubjects ? present : dependencies);
  });
}
