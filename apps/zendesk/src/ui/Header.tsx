import type { HeaderView } from "@sidelight/panel/index.ts";
import { type ReactNode, useId, useState } from "react";
import { Avatar, Tag } from "./elements.tsx";
import { Icon } from "./Icon.tsx";

interface Props {
  header: HeaderView;
  /** The person chose this customer among several. */
  isChosen: boolean;
  onChange: () => void;
  /** Beside the name. */
  pin: ReactNode;
  /** Beside the address, when it is hidden. */
  reveal: ReactNode;
}

export function Header({ header, isChosen, onChange, pin, reveal }: Props) {
  const { chip, email, freshness } = header;
  const [hasDetails, setDetails] = useState(false);
  const detailsId = useId();
  return (
    <header className="header">
      <Avatar initials={header.initials} isSystem={header.kind === "company"} />
      <div className="who">
        <h2 className={header.nameAbsent ? "name absent" : "name"} title={header.name} tabIndex={-1}>
          <bdi>{header.name}</bdi>
        </h2>
        {header.company && (
          <p className="line" title={header.company}>
            <bdi>{header.company}</bdi>
          </p>
        )}
        {email && (
          <p className="line email" title={email.note ? `${email.text} (${email.note})` : email.text}>
            <bdi>{email.text}</bdi>
            {email.note && <bdi className="note">({email.note})</bdi>}
            {reveal}
          </p>
        )}
      </div>
      {pin}
      <div className="marks">
        {chip && (
          <span className={isChosen ? "chip chosen" : "chip"}>
            {chip.text && (
              <Tag className={`tag-${chip.tone}`}>
                <bdi>{chip.text}</bdi>
              </Tag>
            )}
            {chip.changeLabel && (
              <button type="button" className="link" data-action="change" onClick={onChange}>
                {chip.changeLabel}
              </button>
            )}
          </span>
        )}
        <button
          type="button"
          className={`freshness tone-${freshness.tone}`}
          aria-expanded={hasDetails}
          aria-controls={detailsId}
          onClick={() => setDetails(!hasDetails)}
        >
          <Icon name={freshness.icon} />
          <bdi>{freshness.text}</bdi>
        </button>
      </div>
      <ul id={detailsId} className="details" hidden={!hasDetails}>
        {[chip?.text, chip?.detail].filter(Boolean).map((text) => (
          <li key={text}>
            <bdi>{text}</bdi>
          </li>
        ))}
        {freshness.sources.map(({ key, text }) => (
          <li key={key}>
            <bdi>{text}</bdi>
          </li>
        ))}
      </ul>
    </header>
  );
}
