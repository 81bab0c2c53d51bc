import { type RefObject, useLayoutEffect } from "react";

/** Where the focus goes as soon as the element is drawn, or null. */
let pendingTarget: string | null = null;

/** Moves the focus to where a part that has gone wanted it, unless the person has moved it meanwhile. */
export function focusPending(): void {
  if (pendingTarget === null) return;
  const { activeElement } = document;
  if (activeElement !== null && activeElement !== document.body) {
    pendingTarget = null;
    return;
  }
  const element = document.querySelector<HTMLElement>(pendingTarget);
  if (!element) return;
  pendingTarget = null;
  element.focus({ preventScroll: true });
}

/** Selectors of where the focus goes. */
export const focusTargets = {
  heading: "main h2",
  insert: '[data-action="insert"]',
  followUp: '[data-action="follow-up"]',
  change: '[data-action="change"]',
} as const;

/** When a part goes that holds the focus, the focus goes to `target` and not to the top of the page. */
export function useFocusReturn(box: RefObject<HTMLElement | null>, target: string): void {
  useLayoutEffect(() => {
    const element = box.current;
    return () => {
      if (!element?.contains(document.activeElement)) return;
      pendingTarget = target;
      // After React has removed the part.
      queueMicrotask(focusPending);
    };
  }, [box, target]);
}
