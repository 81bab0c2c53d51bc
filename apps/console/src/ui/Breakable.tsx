import { Fragment } from "react";

/** A name that may be broken after a dot or an underscore. */
export const Breakable = ({ text }: { text: string }) => (
  <>
    {text.split(/(?<=[._])/).map((part, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts repeat, and never move
      <Fragment key={index}>
        {part}
        <wbr />
      </Fragment>
    ))}
  </>
);
