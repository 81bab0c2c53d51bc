import type { SharedQuotas } from "./store.ts";
import {
  addTo,
  emptyWindow,
  type GrantedRequests,
  maxExactLimit,
  updateWindow,
  type WindowAnswer,
  type WindowRequest,
  type WindowTerms,
} from "./window.ts";

type Step = Omit<WindowRequest, "owner" | "terms">;

/**
 * What one process knows of a shared window: its own requests, and how many the others sent. While the store is lost, the process
 * uses its part of the limit. In the first window after the loss it uses its part of what was left then.
 */
export interface SoloWindow {
  /** Keeps what an answer of the store shows. */
  see(answer: WindowAnswer): void;
  /** Keeps what the store granted, and announces it. @returns false when the store was lost: the requests must not be sent */
  record(granted: GrantedRequests): Promise<boolean>;
  giveBack(returned: readonly GrantedRequests[]): void;
  /** One step without the store. */
  step(request: Step): WindowAnswer;
  observe(observation: Pick<Step, "report" | "blockedMs">): void;
  release(): void;
  /** Own requests in the window, as {@link WindowRequest.replaced} takes them. */
  entries(): readonly number[];
  close(): void;
}

export interface SoloWindowDeps {
  name: string;
  terms: WindowTerms;
  owner: string;
  shared: SharedQuotas;
}

/** State since the store was lost. */
interface Loss {
  endsAt: number;
  /** Requests that may still be sent before the first window ends. */
  budget: number;
}

const othersOwner = "others";
/** Without a request to wait for, such as when a process has no part of a small limit. */
const retryMs = 15_000;

export function createSoloWindow({ name, terms, owner, shared }: SoloWindowDeps): SoloWindow {
  const own = emptyWindow();
  const others = emptyWindow();
  const isExact = terms.limit <= maxExactLimit;
  let hasSeenOthers = false;
  let loss: Loss | null = null;
  const unsubscribe = shared.onAnnounced(name, (count) => addTo(entriesOf(), { instant: shared.now(), position: 0, count }));

  return {
    see({ now, othersCount, report, blockedUntil }) {
      loss = null;
      hasSeenOthers = true;
      others.owners.set(othersOwner, othersCount > 0 ? [now, 0, othersCount] : []);
      own.report = report ? { ...report } : null;
      own.blockedUntil = blockedUntil;
    },
    async record(granted) {
      const entries = own.owners.get(owner) ?? [];
      own.owners.set(owner, entries);
      addTo(entries, granted);
      if (shared.members() === 1) return true;
      const announced = shared.announce(name, granted.count);
      // The few requests of a small limit wait until the others know of them. A lease of a large one is within its tolerance.
      return isExact ? await announced : true;
    },
    giveBack(returned) {
      updateWindow(own, { owner, terms, returned }, shared.now());
    },
    step(request) {
      const now = shared.now();
      loss ??= startLoss(now);
      const isFirstWindow = now < loss.endsAt;
      const limit = partOf(isFirstWindow);
      const { take, ...otherParts } = request;
      const count = Math.min(take?.count ?? 0, limit === 0 ? 0 : isFirstWindow ? loss.budget : Number.POSITIVE_INFINITY);
      const step = take && count > 0 ? { ...otherParts, take: { ...take, count } } : otherParts;
      const answer = updateWindow(own, { ...step, owner, terms: { ...terms, limit } }, now);
      const grantedCount = answer.granted?.count ?? 0;
      loss.budget -= grantedCount;
      if (!take || grantedCount === take.count || answer.freeAt !== null) return answer;
      return { ...answer, freeAt: isFirstWindow && limit > 0 ? loss.endsAt : now + retryMs };
    },
    observe({ report, ...observation }) {
      const divided = report && loss ? { ...report, remaining: Math.floor(report.remaining / shared.members()) } : report;
      updateWindow(own, { owner, terms, ...observation, ...(divided ? { report: divided } : {}) }, shared.now());
    },
    release() {
      updateWindow(own, { owner, terms, isReleased: true }, shared.now());
    },
    entries() {
      updateWindow(own, { owner, terms }, shared.now());
      return own.owners.get(owner) ?? [];
    },
    close: unsubscribe,
  };

  function entriesOf(): number[] {
    const entries = others.owners.get(othersOwner) ?? [];
    others.owners.set(othersOwner, entries);
    return entries;
  }

  function othersCount(now: number): number {
    return updateWindow(others, { owner: othersOwner, terms }, now).counts.reduce((sum, count) => sum + count, 0);
  }

  function startLoss(now: number): Loss {
    const members = shared.members();
    const { counts } = updateWindow(own, { owner, terms }, now);
    const ownCount = counts.reduce((sum, count) => sum + count, 0);
    // A process that has not seen a small window yet must take it for used.
    const isUnknown = isExact && members > 1 && !hasSeenOthers;
    const left = isUnknown ? 0 : Math.max(0, terms.limit - ownCount - othersCount(now));
    if (own.report) {
      const { remaining, capacity } = own.report;
      own.report = { ...own.report, remaining: Math.floor(remaining / members), capacity: Math.floor(capacity / members) };
    }
    // A single process counts alone, and its requests become free one by one.
    const budget = members === 1 ? Number.POSITIVE_INFINITY : Math.floor(left / members);
    return { endsAt: now + terms.windowMs + terms.leaseMs, budget };
  }

  function partOf(isFirstWindow: boolean): number {
    const share = shared.shareOf(terms.limit);
    return shared.members() === 1 && isFirstWindow ? Math.max(0, share - othersCount(shared.now())) : share;
  }
}
