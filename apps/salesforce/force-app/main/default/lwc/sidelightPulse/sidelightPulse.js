/** With the time that an answer takes, a change shows within half a minute. */
const pauseMs = 25_000;
const longestPauseMs = 300_000;

/**
 * Asks again and again while somebody looks, later and later while that fails.
 * @param {() => Promise<boolean>} ask false when it failed
 */
export function createPulse(ask) {
  let looking = false;
  let pause = pauseMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  /** In place of the next time; without a number as if nothing had failed. @param {number} [ms] */
  const soon = (ms = pauseMs) => {
    clearTimeout(timer);
    if (looking) timer = setTimeout(beat, ms);
  };
  const beat = async () => {
    const done = await ask();
    pause = done ? pauseMs : Math.min(2 * pause, longestPauseMs);
    soon(pause);
  };

  return {
    soon,
    /** @param {boolean} looks */
    look(looks) {
      if (looks === looking) return;
      looking = looks;
      soon(pause);
    },
  };
}
