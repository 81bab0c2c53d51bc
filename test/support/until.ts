import { scaled } from "./timeScale.ts";

const checkEveryMs = 5;

/**
 * Waits until a condition holds. For what real time brings: other processes, threads, sockets. With a manual clock use advanceUntil.
 * @param limitMs on an idle machine; it grows with {@link scaled}
 * @throws after the limit, with the label and the number of checks
 */
export async function until(label: string, isTrue: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const startedAt = performance.now();
  for (let checks = 1; !(await isTrue()); checks++) {
    const elapsedMs = Math.round(performance.now() - startedAt);
    if (elapsedMs > scaled(limitMs)) throw new Error(`waited ${elapsedMs} ms for: ${label} (${checks} checks)`);
    await new Promise((resolve) => setTimeout(resolve, checkEveryMs));
  }
}
