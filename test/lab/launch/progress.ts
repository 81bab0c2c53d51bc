export interface ProgressStream {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** What a person sees while the lab starts. */
export interface Progress {
  /** A line for the next step. */
  step(text: string): void;
  /**
   * How far a step is. One line that changes at a terminal; otherwise a line every few percent.
   * @param percent 0 to 100
   */
  update(text: string, percent: number): void;
  /** Ends the line that changes. */
  end(): void;
}

/** Percent between two lines without a terminal. */
const lineStep = 10;

/** @param now a monotonic clock, ms */
export function createProgress(stream: ProgressStream, now: () => number): Progress {
  let startedAt: number | null = null;
  let lastPercent = Number.NEGATIVE_INFINITY;
  let lastText = "";
  const end = (): void => {
    if (stream.isTTY && lastText !== "") stream.write("\n");
    startedAt = null;
    lastPercent = Number.NEGATIVE_INFINITY;
    lastText = "";
  };
  return {
    step(text) {
      end();
      stream.write(`${text}\n`);
    },
    update(text, percent) {
      startedAt ??= now();
      const line = `${text}${percent > 0 ? ` ${Math.floor(percent)} %` : ""}${remainingText(now() - startedAt, percent)}`;
      if (stream.isTTY) stream.write(`\r\u001b[2K${line}`);
      else if (percent >= lastPercent + lineStep || text !== lastText) {
        stream.write(`${line}\n`);
        lastPercent = percent;
      }
      lastText = text;
    },
    end,
  };
}

/** The remaining time at the pace so far; empty while there is too little to judge by. */
function remainingText(elapsedMs: number, percent: number): string {
  if (percent < 5 || percent >= 100 || elapsedMs < 2_000) return "";
  const seconds = Math.ceil(((elapsedMs / percent) * (100 - percent)) / 1_000);
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.round(seconds / 60)} min left`;
}
