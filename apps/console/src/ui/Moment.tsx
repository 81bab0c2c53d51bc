import { agoWords } from "./moments.ts";
import { useNow } from "./useNow.ts";
import { momentWords } from "./words.ts";

/** "2 minutes ago". It follows the clock, and shows the whole moment to a pointer. */
export function Ago({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={momentWords(at)}>
      {agoWords(at, now)}
    </time>
  );
}

/** The day and the time to the second. */
export const Moment = ({ at }: { at: string }) => (
  <time className="moment" dateTime={at}>
    {second.format(new Date(at))}
  </time>
);

const second = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
